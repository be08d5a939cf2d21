import { afterAll, beforeAll, expect, test } from 'vitest';
import { storePictures } from '../../bench/support/corpus.mjs';
import { picture } from '../../bench/support/pictures.mjs';
import { stow } from '../support/clients/stow-client';
import { imageOf, uidOf } from '../support/files/synthetic';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { type Figures, type Question, reset, storm } from '../support/server/storm';

const OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1';
const JPEG_LS = 'multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.80';
const CLIENTS = 12;
const SECONDS = 4;

const scratch = scratchFolder();
let door: FrontDoor;
beforeAll(async () => {
  door = await startFrontDoor({ data: `${scratch.path}/archive`, args: ['--no-sample'] });
});
afterAll(async () => {
  await door?.end();
  scratch.remove();
});

/** Stores an image with this many rows and columns. @returns the requests of the clients: work that takes memory */
async function questionsOf(kind: string, side: number): Promise<Question[]> {
  const [study, series, instance] = ['study', 'series', 'instance'].map((level) => uidOf(`storm ${kind} ${level}`));
  const identity = { study: study!, series: series!, instance: instance!, rows: side, columns: side };
  const pixels = Buffer.from(picture(`storm ${kind}`, side, side).buffer);
  const answer = await stow(door.origin, [imageOf(identity, pixels)]);
  expect(answer.status, await answer.text()).toBe(200);
  const frame = `/dicomweb/studies/${study}/series/${series}/instances/${instance}/frames/1`;
  const windows = Array.from({ length: 200 }, (_, at) => `${frame}/rendered?window=${500 + at},2000,linear`);
  return [
    { kind, path: frame, accept: JPEG_LS },
    ...windows.map((path) => ({ kind, path, accept: 'image/jpeg' })),
    ...windows.map(() => ({ kind, path: frame, accept: OCTETS })).slice(0, 20),
  ];
}

const notGood = ({ statuses, wrong }: Figures) => ({ ...statuses, 200: undefined, wrong });
const GOOD = { 200: undefined, wrong: 0 };

test('clients that destroy their sockets while queued, while decoding and while sending take nothing from the others', async () => {
  const small = await questionsOf('small', 256);
  const large = await questionsOf('large', 2048);
  // One large image for every three small ones.
  const questions = [...small, ...small, ...small, ...large];
  const settings = { origin: door.origin, questions, seconds: SECONDS };
  const usual = await storm({ ...settings, staying: CLIENTS, leaving: 0 });
  const stormy = await storm({ ...settings, staying: CLIENTS / 2, leaving: CLIENTS / 2 });
  expect(notGood(usual)).toEqual(GOOD);
  expect(notGood(stormy)).toEqual(GOOD);
  for (const left of Object.values(stormy.left)) expect(left).toBeGreaterThan(0);
  // bench/storm.mjs measures how long they take.
  for (const kind of usual.times.keys()) expect(stormy.times.get(kind)?.length, kind).toBeGreaterThan(0);
});

test('clients that reset their connections before their answers begin take no memory for long', async () => {
  const stored = await storePictures(door.origin, { count: 1, rows: 2900, columns: 2900, kinds: ['RLE'] });
  const { study, series, instances } = stored.get('RLE')!;
  const path = `/dicomweb/studies/${study}/series/${series}/instances/${instances[0]}/frames/1`;
  // Decoded, each frame takes 16 MiB, and the isolate has memory for five.
  const large = { kind: 'decoded', path, accept: OCTETS };
  await Promise.all(Array.from({ length: 8 }, () => reset(door.origin, large)));
  const stayed = await fetch(door.origin + path, { headers: { Accept: OCTETS } });
  expect(stayed.status).toBe(200);
  expect((await stayed.arrayBuffer()).byteLength).toBeGreaterThan(2 * 2900 * 2900);
});
