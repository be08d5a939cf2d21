import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { parts } from '../../../scripts/support/dicomweb-client.mjs';
import { stow } from '../../support/clients/stow-client';
import { closeSession, newSession, upload, uploadAtOnce } from '../../support/clients/upload-client';
import { type Identity, imageOf, nativeImage, uidOf } from '../../support/files/synthetic';
import { type ZipFile, zipOf } from '../../support/files/zip-writer';
import { seededRandom } from '../../support/seeded-random';
import { crashRounds } from '../../support/server/crash-rounds';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../../support/server/front-door';
import { withServer } from '../../support/server/with-server';

/** What becomes of received uploads, seen at a socket. */

interface Sent extends Identity {
  readonly file: Buffer;
}

const clientOf = (origin: string) => ({
  fetch: (path: string, init?: RequestInit) => fetch(new URL(path, origin), init),
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function image(name: string, at: number, rows = 64): Sent {
  const identity = { study: uidOf(name), series: uidOf(`${name} ${at % 3}`), instance: uidOf(`${name} ${at} i`) };
  return { ...identity, file: nativeImage({ ...identity, number: at + 1, rows, columns: 64 }) };
}

/** An image of so many frames of 512 KiB. */
function imageFor(name: string, frames: number): Sent {
  const identity = { study: uidOf(name), series: uidOf(`${name} series`), instance: uidOf(`${name} instance`) };
  return { ...identity, file: nativeImage({ ...identity, frames }) };
}

/** The SHA-256 of the file that the archive returns. */
async function retrieved(origin: string, { study, series, instance }: Identity): Promise<string> {
  const path = `/dicomweb/studies/${study}/series/${series}/instances/${instance}`;
  const response = await fetch(origin + path, {
    headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
  });
  expect(response.status).toBe(200);
  const [part] = parts({ headers: response.headers, body: Buffer.from(await response.arrayBuffer()) });
  return sha256(part!.body);
}

async function count(origin: string, study: string): Promise<number> {
  const response = await fetch(`${origin}/dicomweb/studies/${study}/instances`);
  return response.status === 200 ? ((await response.json()) as unknown[]).length : 0;
}

async function closed(origin: string, session: string): Promise<Response> {
  for (;;) {
    const response = await closeSession(clientOf(origin), session);
    if (response.status !== 503) return response;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** File Meta Information of a DICOMDIR (PS3.10 7.1), and no more of it. */
const DICOMDIR = Buffer.concat([
  Buffer.alloc(128),
  Buffer.from('DICM\x02\x00\x00\x00UL\x04\x00\x1c\x00\x00\x00\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10', 'latin1'),
]);

describe('through the front door', () => {
  const folder = scratchFolder();
  let door: FrontDoor;
  beforeAll(async () => {
    door = await startFrontDoor({ data: `${folder.path}/archive`, args: ['--no-sample'] });
  });
  afterAll(async () => {
    await door?.end();
    folder.remove();
  });

  it('a CD as a ZIP archive of 300 files becomes its instances, and says what became of the others', async () => {
    const images = Array.from({ length: 280 }, (_, at) => image('a CD', at));
    const members: ZipFile[] = images.map(({ file }, at) => ({
      name: `DICOM/PAT1/IM${at}`,
      bytes: file,
      stored: at % 2 === 0,
      descriptor: at % 3 === 0,
      zip64: at % 5 === 0,
    }));
    const junk = Array.from(
      { length: 14 },
      (_, at): ZipFile => ({ name: `VIEWER/${at}.DLL`, bytes: Buffer.alloc(9000, at + 1) }),
    );
    const broken = image('a broken one', 0);
    const zip = zipOf(
      [
        { name: 'DICOMDIR', bytes: DICOMDIR },
        { name: 'AUTORUN.INF', bytes: Buffer.from('[autorun]') },
        ...members.slice(0, 100),
        ...junk,
        { name: 'DICOM/broken', bytes: broken.file.subarray(0, 500) },
        { name: 'DICOM/copy', bytes: images[3]!.file },
        { name: 'DICOM/changed', bytes: image('changed', 0).file, crc: 12345 },
        { name: 'DICOM/bomb', bytes: Buffer.alloc(20_000_000), length: 4_000_000_000 },
        ...members.slice(100),
      ],
      { zip64: true },
    );
    const client = clientOf(door.origin);
    const session = await newSession(client);
    const path = await upload(client, zip, { session, chunk: 400_000, name: 'CD.ZIP' });
    const response = await closed(door.origin, session);
    expect(response.status).toBe(202);
    const dataSet = (await response.json()) as Record<string, { Value?: unknown[] }>;
    expect(dataSet['00081199']?.Value).toHaveLength(281);
    expect(dataSet['00081198']?.Value).toHaveLength(2);
    expect(dataSet['0008119A']?.Value).toHaveLength(1);
    const described = (await (await client.fetch(path)).json()) as { counts: object };
    expect(described.counts).toEqual({
      stored: 280,
      identical: 1,
      'missing-identity': 1,
      malformed: 1,
      'too-large': 1,
      'left-out': 16,
    });
    expect(await count(door.origin, images[0]!.study)).toBe(280);
    for (const one of images.filter((_, at) => at % 23 === 0)) {
      expect(await retrieved(door.origin, one)).toBe(sha256(one.file));
    }
  });

  it('a message of the queue stores a long upload that nobody asks about', async () => {
    // Longer than what the last request of an upload ingests itself (32 MiB), and in two requests.
    const long = imageFor('the queue', 66);
    await upload(clientOf(door.origin), long.file, { chunk: 20_000_000 });
    // Without a request about the upload, only the queue can store it: the hourly run does not come here.
    await expect.poll(() => count(door.origin, long.study), { interval: 250 }).toBe(1);
    expect(await retrieved(door.origin, long)).toBe(sha256(long.file));
  });

  it('a session of files answers as a Store request of the same files, digest for digest', async () => {
    const large = tomosynthesis();
    const small = Array.from({ length: 12 }, (_, at) => image('a session', at));
    const client = clientOf(door.origin);
    const session = await newSession(client);
    for (const { file } of small.slice(0, 6)) expect((await uploadAtOnce(client, file, session)).status).toBe(201);
    for (const { file } of small.slice(6)) await upload(client, file, { session, chunk: 3000 });
    await upload(client, large.file, { session, chunk: 7_000_000 });
    const response = await closed(door.origin, session);
    const body = await response.json();
    for (const one of [...small, large]) expect(await retrieved(door.origin, one)).toBe(sha256(one.file));
    const again = await stow(
      door.origin,
      [...small, large].map(({ file }) => file),
    );
    expect([response.status, body]).toEqual([again.status, await again.json()]);
  });
});

/** 24 MB of frames: it arrives in several parts. */
function tomosynthesis(): Sent {
  const identity = { study: uidOf('breast'), series: uidOf('breast 1'), instance: uidOf('breast 2') };
  const random = seededRandom(7);
  const pixels = Buffer.alloc(24 * 1024 * 1024);
  for (let at = 0; at < pixels.length; at += 4) pixels.writeUInt32LE(random.below(0xffffffff), at);
  return { ...identity, file: imageOf({ ...identity, rows: 1024, columns: 1024, frames: 12 }, pixels) };
}

const server = withServer();

test('a runtime killed while it ingests stores each instance once, and the results are right', async () => {
  const { rounds, seed } = crashRounds({ rounds: 2, seed: 20_261_129 });
  const random = seededRandom(seed);
  for (let round = 0; round < rounds; round += 1) {
    const images = Array.from({ length: 40 }, (_, at) => image(`round ${round}`, at));
    const client = clientOf(server.origin);
    const session = await newSession(client);
    const zip = zipOf(images.map(({ file }, at) => ({ name: `IM${at}`, bytes: file, stored: at % 2 === 0 })));
    // The last request ingests: the runtime ends during it, or shortly after.
    const sending = upload(client, zip, { session }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, random.below(600)));
    await server.kill();
    await sending;
    await server.restart();
    const { uploads } = (await (await fetch(`${server.origin}/dicomweb/upload-sessions/${session}`)).json()) as {
      uploads: { id: string; offset: number; length: number }[];
    };
    const place = `round ${round} of seed ${seed}`;
    const [sent] = uploads;
    if (sent === undefined || sent.offset < sent.length) {
      for (const { id } of uploads) {
        await fetch(`${server.origin}/dicomweb/uploads/${id}`, {
          method: 'DELETE',
          headers: { 'Tus-Resumable': '1.0.0' },
        });
      }
      await upload(clientOf(server.origin), zip, { session });
    }
    const response = await closed(server.origin, session);
    expect(response.status, place).toBe(200);
    const dataSet = (await response.json()) as Record<string, { Value?: unknown[] }>;
    expect(dataSet['00081199']?.Value, place).toHaveLength(40);
    expect(await count(server.origin, images[0]!.study), place).toBe(40);
    for (const one of images.filter((_, at) => at % 19 === 0)) {
      expect(await retrieved(server.origin, one), place).toBe(sha256(one.file));
    }
  }
});
