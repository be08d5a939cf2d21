import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { QUIET_MS } from '../../../src/archive/activity';
import { LAYOUT_CACHE_MS } from '../../../src/archive/retrieve/cache-limits';
import { decoderOf } from '../../../src/imaging/codecs';
import { ROOM } from '../../../src/imaging/codecs/codec-memory';
import { imageFormat } from '../../../src/imaging/image-format';
import { withArchive } from '../../support/archive/with-archive';
import { partsOf } from '../../support/clients/archive-client';
import { type WorkerClient, workerClient } from '../../support/clients/worker-client';
import type { Element } from '../../support/files/part10';
import { pixels, slice } from '../../support/files/samples';
import { skipTime, stopTime } from '../../support/time/skipped-time';

const JPEG_LS = '1.2.840.10008.1.2.4.80';
const NATIVE = '1.2.840.10008.1.2.1';
const SIDE = 128;
/** The Accept header of viewer/app-config.js for frames. */
const VIEWER = `multipart/related; type=application/octet-stream; transfer-syntax=${JPEG_LS}; transfer-syntax=${NATIVE}; transfer-syntax=*`;

const COPIES = { FRAME_COPIES: 'jpeg-ls' };

withArchive();

let images = 0;

/** Each test has a series of its own, because an isolate remembers for which series it has asked. */
function image(words: readonly number[], elements: Element[] = []) {
  images += 1;
  const place = { study: `1.2.9.${images}`, series: `1.2.9.${images}.1`, sop: `1.2.9.${images}.1.1` };
  const more: Element[] = [...elements, [0x7fe00010, 'OW', [...words]]];
  const path = `/dicomweb/studies/${place.study}/series/${place.series}/instances/${place.sop}`;
  return { path, file: slice({ ...place, rows: SIDE, columns: SIDE, elements: more }) };
}

const words = (value: (x: number, y: number) => number) =>
  Array.from({ length: SIDE * SIDE }, (_, at) => value(at % SIDE, Math.floor(at / SIDE)) & 0xffff);
const smooth = words((x, y) => 1000 + x * 3 + y);
const signed = words((x, y) => x - y);

async function frame(client: WorkerClient, path: string, accept: string) {
  const answer = await client.fetch(`${path}/frames/1`, { headers: { Accept: accept } });
  const etag = answer.headers.get('ETag');
  const [part] = await partsOf(answer);
  return { status: answer.status, etag, type: part?.headers['Content-Type'], body: part?.body ?? new Uint8Array() };
}

/** The isolate counts as idle. */
const quiet = () => skipTime(QUIET_MS);

/** Delivers the queued messages to an idle isolate. */
async function deliver(client: WorkerClient): Promise<number> {
  quiet();
  return await client.deliver();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The isolate has forgotten where frames lie. */
const forgotten = () => skipTime(LAYOUT_CACHE_MS);

const stored = (bits: number, highBit: number, sign: number): Element[] => [
  [0x00280101, 'US', [bits]],
  [0x00280102, 'US', [highBit]],
  [0x00280103, 'US', [sign]],
];

const octets = `application/octet-stream; transfer-syntax=${NATIVE}`;
const copies = async () => (await env.BUCKET.list()).objects.filter(({ key }) => key.endsWith('.copy'));

describe('copies of uncompressed frames', () => {
  it.each<[name: string, words: readonly number[], elements: Element[]]>([
    ['unsigned', smooth, []],
    ['of 12 bits', smooth, stored(12, 11, 0)],
    [
      'with an overlay above the samples',
      smooth.map((word, at) => word | (at % 128 > 64 ? 0x8000 : 0)),
      stored(12, 11, 0),
    ],
    ['signed', signed, [[0x00280103, 'US', [1]]]],
  ])(
    '%s: a client that names their transfer syntax gets them, pixel for pixel; others get the stored frame',
    async (_, values, elements) => {
      const client = workerClient(COPIES);
      const { path, file } = image(values, elements);
      expect((await client.store([file])).status).toBe(200);
      const before = await frame(client, path, VIEWER);
      expect(before).toMatchObject({ status: 200, type: octets });
      expect(client.queued).toMatchObject([{ kind: 'frame-copies' }]);
      expect(await deliver(client)).toBe(0);
      forgotten();

      const copy = await frame(client, path, VIEWER);
      expect(copy).toMatchObject({ status: 200, type: `image/jls; transfer-syntax=${JPEG_LS}` });
      expect(copy.etag).not.toBe(before.etag);
      expect(copy.body.length).toBeLessThan(before.body.length / 2);
      const [metadata] = await client.json(`${path}/metadata`);
      const decoded = await decoderOf(JPEG_LS)!(copy.body, imageFormat(metadata!)!, ROOM);
      expect(decoded.bytes).toEqual(before.body);

      for (const accept of ['*', NATIVE]) {
        const stored = `multipart/related; type=application/octet-stream; transfer-syntax=${accept}`;
        expect(await frame(client, path, stored)).toMatchObject({ type: octets, body: before.body });
      }
      const whole = await client.fetch(path, { headers: { Accept: 'application/dicom; transfer-syntax=*' } });
      expect(new Uint8Array(await whole.arrayBuffer())).toEqual(file);
      expect(await copies()).toHaveLength(1);
    },
  );

  it.each<[name: string, words: readonly number[], elements: Element[]]>([
    ['pixels that hardly shrink', pixels(SIDE * SIDE, 7), []],
    [
      'signed samples that a decoder returns without their sign',
      signed.map((word) => word & 0x0fff),
      stored(12, 11, 1),
    ],
    ['samples in the high bits of their words', smooth.map((word) => (word << 4) & 0xffff), stored(12, 15, 0)],
    [
      'colours',
      [...smooth, ...smooth, ...smooth],
      [
        [0x00280002, 'US', [3]],
        [0x00280004, 'CS', 'RGB'],
        [0x00280006, 'US', [0]],
      ],
    ],
    ['pixel data that is cut short', smooth.slice(0, 9000), []],
  ])('there is none of %s, and none is tried twice', async (_, values, elements) => {
    const client = workerClient(COPIES);
    const { path, file } = image(values, elements);
    await client.store([file]);
    await deliver(client);
    forgotten();
    // Pixel data that is cut short has no frame.
    const whole = values.length >= SIDE * SIDE;
    expect(await frame(client, path, VIEWER)).toMatchObject(whole ? { type: octets } : { status: 404 });
    expect(await copies()).toEqual([]);
    const reads = client.operations.r2Reads.length;
    client.queued.push({ archive: '', kind: 'frame-copies', since: Date.now(), ...seriesOf(path) });
    await deliver(client);
    expect(client.operations.r2Reads).toHaveLength(reads);
  });

  it('are not needed: without its copy, a frame is answered as if it had none', async () => {
    const client = workerClient(COPIES);
    const { path, file } = image(smooth);
    await client.store([file]);
    const before = await frame(client, path, VIEWER);
    await deliver(client);
    forgotten();
    for (const { key } of await copies()) await env.BUCKET.delete(key);
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await frame(client, path, VIEWER)).toEqual(before);
    expect(logged.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
      { event: 'object-lost', object: expect.stringMatching(/\.copy$/) },
    ]);
    logged.mockRestore();
  });

  it('are not made while requests arrive, and are requested again', async () => {
    stopTime();
    const client = workerClient(COPIES);
    const { file, path } = image(smooth);
    await client.store([file]);
    const [asked] = client.queued;
    expect(await client.deliver()).toBe(0);
    expect(await copies()).toEqual([]);
    expect(client.queued).toEqual([asked]);
    // Nor does a run that has begun go on: at most the copy that is being made is finished.
    await client.store(Array.from({ length: 12 }, (_, at) => large(path, at)));
    quiet();
    const delivered = client.deliver();
    await until(async () => (await copies()).length > 0);
    await client.fetch('/dicomweb/studies?limit=1');
    const made = (await copies()).length;
    for (let request = 0; request < 5; request += 1) {
      skipTime(QUIET_MS - 1);
      await client.fetch('/dicomweb/studies?limit=1');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await copies()).length).toBeLessThanOrEqual(made + 1);
    expect(made).toBeLessThan(13);
    quiet();
    expect(await delivered).toBe(0);
    expect(await copies()).toHaveLength(13);
  });

  it('are made beside the requests of an isolate that is never idle', async () => {
    const client = workerClient(COPIES);
    const { file } = image(smooth);
    await client.store([file]);
    const [asked] = client.queued.splice(0);
    client.queued.push({ ...asked!, since: Date.now() - 11 * 60_000 } as typeof asked & object);
    let stop = false;
    const requests = (async () => {
      while (!stop) {
        await client.fetch('/dicomweb/studies?limit=1');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    expect(await client.deliver()).toBe(0);
    stop = true;
    await requests;
    expect(await copies()).toHaveLength(1);
  });

  it('are requested for a series that was stored without them, by a viewer that looks at it', async () => {
    const { path, file } = image(smooth);
    await workerClient({ FRAME_COPIES: 'none' }).store([file]);
    const client = workerClient(COPIES);
    await frame(client, path, `multipart/related; type=application/octet-stream; transfer-syntax=*`);
    expect(client.queued).toEqual([]);
    await frame(client, path, VIEWER);
    await frame(client, path, VIEWER);
    expect(client.queued).toMatchObject([{ kind: 'frame-copies', ...seriesOf(path) }]);
    await deliver(client);
    forgotten();
    expect(await frame(client, path, VIEWER)).toMatchObject({ type: `image/jls; transfer-syntax=${JPEG_LS}` });
  });

  it('are deleted with their instance', async () => {
    const client = workerClient({ ...COPIES, RETENTION_DAYS: '0' });
    const { path, file } = image(smooth);
    await client.store([file]);
    await deliver(client);
    expect(await copies()).toHaveLength(1);
    expect((await client.fetch(path, { method: 'DELETE' })).status).toBe(204);
    await client.scheduled();
    expect(await copies()).toEqual([]);
  });

  it('are not made when the deployment wants none', async () => {
    const client = workerClient({ FRAME_COPIES: 'none' });
    const { file } = image(smooth);
    await client.store([file]);
    expect(client.queued).toEqual([]);
    expect((await workerClient({ FRAME_COPIES: 'png' }).fetch('/dicomweb/studies')).status).toBe(503);
  });
});

/** Another instance of the series that a path names: 512 by 512 pixels, whose copy takes some time. */
function large(path: string, at: number): Uint8Array {
  const { studyInstanceUID: study, seriesInstanceUID: series } = seriesOf(path);
  const elements: Element[] = [[0x7fe00010, 'OW', Array.from({ length: 512 * 512 }, (_, pixel) => pixel % 4000)]];
  return slice({ study, series, sop: `${series}.2.${at}`, rows: 512, columns: 512, elements });
}

function seriesOf(path: string) {
  const [, studyInstanceUID = '', seriesInstanceUID = ''] = /studies\/([^/]+)\/series\/([^/]+)/.exec(path) ?? [];
  return { studyInstanceUID, seriesInstanceUID };
}
