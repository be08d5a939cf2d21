import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { type Element, EXPLICIT_BIG, EXPLICIT_LITTLE } from '../../support/files/part10';
import { pixels, slice } from '../../support/files/samples';

const JPEG_LS = '1.2.840.10008.1.2.4.80';
const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const OCTETS = 'multipart/related; type="application/octet-stream"';
const AS_STORED = `${OCTETS}; transfer-syntax=*`;

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, headers: Record<string, string> = {}) => archive.fetch(path, { headers });

const NESTED = Uint8Array.from({ length: 5000 }, (_, at) => at & 0xff);
const PRIVATE = NESTED.map((byte) => 255 - byte);
const FRAMES = [1, 2, 3].map((n) => Uint8Array.of(0xff, 0xd8, n, n, 0xff, 0xd9));

/** A value in an item of an item, an icon, a private value, and pixels. */
const WITH_BULK: Element[] = [
  [0x00090010, 'LO', 'ACME'],
  [0x00091001, 'OB', PRIVATE],
  [0x00880200, 'SQ', [[[0x7fe00010, 'OW', pixels(2500, 5)]]]],
  [0x54000100, 'SQ', [[[0x54001010, 'OB', PRIVATE]], [[0x00081140, 'SQ', [[[0x54001010, 'OB', NESTED]]]]]]],
];

/**
 * Two series: plain pixels with much bulk data, two compressed frames more, big-endian pixels, and an instance without
 * any of these.
 */
async function stored(): Promise<void> {
  const response = await archive.store([
    slice({ elements: WITH_BULK }),
    slice({ sop: '1.2.3.4.2', transferSyntaxUID: JPEG_LS, fragments: FRAMES, elements: [[0x00280008, 'IS', '3']] }),
    slice({ sop: '1.2.3.4.3', series: '1.2.3.4.9', transferSyntaxUID: EXPLICIT_BIG }),
    slice({ sop: '1.2.3.4.4', series: '1.2.3.4.9', pixels: false }),
  ]);
  expect(response.status).toBe(200);
}

function words(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value & 0xff, value >> 8]));
}

/** Every BulkDataURI in metadata, also in items. */
function bulkDataURIs(metadata: unknown): string[] {
  if (typeof metadata !== 'object' || metadata === null) return [];
  return Object.entries(metadata).flatMap(([name, value]) =>
    name === 'BulkDataURI' ? [value as string] : bulkDataURIs(value),
  );
}

describe('PS3.18 10.4.3.3.5 bulk data of a study, a series, an instance', () => {
  it('every value that the metadata names, under its URI, and equal to the answer of its own URI', async () => {
    await stored();
    for (const [path, values, frames] of [
      [STUDY, 7, 3],
      [SERIES, 6, 3],
      [INSTANCE, 5, 0],
    ] as const) {
      const response = await get(`${path}/bulkdata`, { Accept: OCTETS });
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Type')).toMatch(/^multipart\/related; type="application\/octet-stream"; b/);
      const parts = await partsOf(response);
      const locations = parts.map(({ headers }) => headers['Content-Location'] ?? '');
      const named = bulkDataURIs(await archive.json(`${path}/metadata`));
      const compressed = named.filter((uri) => uri.endsWith('/instances/1.2.3.4.2/bulkdata/7FE00010'));
      expect(named).toHaveLength(values);
      const ofFrames = compressed.flatMap((uri) => [1, 2, 3].map((n) => `${uri}/frames/${n}`));
      expect(ofFrames).toHaveLength(frames);
      expect(locations.sort()).toEqual([...named.filter((uri) => !compressed.includes(uri)), ...ofFrames].sort());
      for (const { headers, body } of parts) {
        const location = (headers['Content-Location'] ?? '').slice(ORIGIN.length);
        const [alone] = await partsOf(await get(location, { Accept: `${OCTETS}; transfer-syntax=*` }));
        expect(body, location).toEqual(alone?.body);
      }
    }
  });

  it('is the answer to a study, a series or an instance as octets, by table 10.4.4-1', async () => {
    await stored();
    for (const path of [STUDY, SERIES, INSTANCE]) {
      const response = await get(path, { Accept: OCTETS });
      expect(response.headers.get('Content-Type'), path).toMatch(
        /^multipart\/related; type="application\/octet-stream"/,
      );
      expect(await partsOf(response)).toEqual(await partsOf(await get(`${path}/bulkdata`, { Accept: OCTETS })));
    }
    expect((await get(INSTANCE, { Accept: 'application/octet-stream' })).status).toBe(406);
  });

  it('values as they were stored; words of big-endian ones turned', async () => {
    await stored();
    const parts = await partsOf(await get(`${STUDY}/bulkdata`));
    const bodyOf = (end: string) => parts.find(({ headers }) => headers['Content-Location']?.endsWith(end))?.body;
    expect(bodyOf('/1.2.3.4.1/bulkdata/00091001')).toEqual(PRIVATE);
    expect(bodyOf('/1.2.3.4.1/bulkdata/54000100/0/54001010')).toEqual(PRIVATE);
    expect(bodyOf('/1.2.3.4.1/bulkdata/54000100/1/00081140/0/54001010')).toEqual(NESTED);
    expect(bodyOf('/1.2.3.4.1/bulkdata/00880200/0/7FE00010')).toEqual(words(pixels(2500, 5)));
    expect(bodyOf('/1.2.3.4.3/bulkdata/7FE00010')).toEqual(words(pixels(256, 1)));
    expect(bodyOf('/1.2.3.4.2/bulkdata/7FE00010/frames/2')).toEqual(FRAMES[1]);
  });

  it('404 when there is none, 406 when some is not available, 410 after deletion', async () => {
    await stored();
    const without = `${STUDY}/series/1.2.3.4.9/instances/1.2.3.4.4`;
    for (const path of [without, '/dicomweb/studies/9', `${SERIES}9`, `${INSTANCE}9`]) {
      for (const resource of ['bulkdata', 'pixeldata']) expect((await get(`${path}/${resource}`)).status).toBe(404);
    }
    for (const accept of ['image/png', 'multipart/related; type="image/jls"', 'application/dicom']) {
      expect((await get(`${STUDY}/bulkdata`, { Accept: accept })).status, accept).toBe(406);
    }
    await archive.fetch(STUDY, { method: 'DELETE' });
    expect((await get(`${STUDY}/bulkdata`)).status).toBe(410);
  });
});

describe('PS3.18 10.4.3.3.6 pixel data of a study, a series, an instance', () => {
  it('is that of the data set itself, uncompressed as one part and compressed as one a frame', async () => {
    await stored();
    const parts = await partsOf(await get(`${STUDY}/pixeldata`));
    expect(parts.map(({ headers, body }) => [headers['Content-Type'], headers['Content-Location'], body])).toEqual([
      ['application/octet-stream', `${ORIGIN}${INSTANCE}/bulkdata/7FE00010`, words(pixels(256, 1))],
      ...FRAMES.map((frame, at) => [
        `image/jls; transfer-syntax=${JPEG_LS}`,
        `${ORIGIN}${SERIES}/instances/1.2.3.4.2/bulkdata/7FE00010/frames/${at + 1}`,
        frame,
      ]),
      [
        'application/octet-stream',
        `${ORIGIN}${STUDY}/series/1.2.3.4.9/instances/1.2.3.4.3/bulkdata/7FE00010`,
        words(pixels(256, 1)),
      ],
    ]);
    expect(await partsOf(await get(`${SERIES}/pixeldata`))).toHaveLength(4);
    expect(await partsOf(await get(`${INSTANCE}/pixeldata`))).toHaveLength(1);
  });

  it('compressed, by its own type or as octets; a mix by both together', async () => {
    await stored();
    const compressed = `${SERIES}/instances/1.2.3.4.2/pixeldata`;
    for (const [path, accept, type] of [
      [compressed, 'multipart/related; type="image/jls"', 'image/jls'],
      [compressed, `${OCTETS}; transfer-syntax=*`, 'image/jls'],
      [compressed, OCTETS, 'application/octet-stream'],
      [`${SERIES}/pixeldata`, `multipart/related; type="image/jls", ${OCTETS}`, 'image/jls'],
    ] as const) {
      const parts = await partsOf(await get(path, { Accept: accept }));
      expect(parts.at(-1)?.headers['Content-Type'], accept).toBe(`${type}; transfer-syntax=${JPEG_LS}`);
      expect(parts.slice(-3).map(({ body }) => body)).toEqual(FRAMES);
    }
  });

  it('compressed, as octets: uncompressed and whole, if it can be decoded (8.7.3.3.1)', async () => {
    const frames = [1, 2, 3].map((seed) => pixels(256, seed));
    const elements: Element[] = [
      [0x00280008, 'IS', '3'],
      [0x7fe00010, 'OW', frames.flat()],
    ];
    archive = archiveClient({ DUPLICATES: 'replace' });
    await archive.store([slice({ elements }), slice({ sop: '1.2.3.4.2' })]);
    await archive.store([await archive.bytes(INSTANCE, `application/dicom; transfer-syntax=${JPEG_LS}`)]);
    const value = words(frames.flat());
    const ofSyntax = `application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE}`;
    const location = `${ORIGIN}${INSTANCE}/bulkdata/7FE00010`;
    for (const accept of [OCTETS, `${OCTETS}; transfer-syntax=${EXPLICIT_LITTLE}`]) {
      for (const path of [`${INSTANCE}/bulkdata/7FE00010`, `${INSTANCE}/pixeldata`, `${SERIES}/bulkdata`]) {
        const [part] = await partsOf(await get(path, { Accept: accept }));
        expect(part?.headers['Content-Type'], path).toBe(ofSyntax);
        expect(part?.headers['Content-Location']).toBe(location);
        expect(part?.body).toEqual(value);
      }
    }
    expect(await partsOf(await get(`${SERIES}/pixeldata`, { Accept: OCTETS }))).toHaveLength(2);
    expect((await get(`${SERIES}/pixeldata`, { Accept: 'application/octet-stream' })).status).toBe(406);
    const alone = await get(`${INSTANCE}/bulkdata/7FE00010`, { Accept: 'application/octet-stream' });
    expect(alone.headers.get('Content-Length')).toBe(String(value.length));
    expect(new Uint8Array(await alone.arrayBuffer())).toEqual(value);
    const headers = { Accept: 'application/octet-stream', Range: 'bytes=500-1099' };
    const some = await get(`${INSTANCE}/bulkdata/7FE00010`, headers);
    expect([some.status, new Uint8Array(await some.arrayBuffer())]).toEqual([206, value.subarray(500, 1100)]);
  });

  it('float and double float pixel data too', async () => {
    const values = Uint8Array.from({ length: 16 * 16 * 8 }, (_, at) => at & 0xff);
    await archive.store([
      slice({
        pixels: false,
        elements: [
          [0x00280100, 'US', [32]],
          [0x7fe00008, 'OF', values.slice(0, 1024)],
        ],
      }),
      slice({
        pixels: false,
        sop: '1.2.3.4.2',
        elements: [
          [0x00280100, 'US', [64]],
          [0x7fe00009, 'OD', values],
        ],
      }),
    ]);
    const parts = await partsOf(await get(`${SERIES}/pixeldata`, { Accept: OCTETS }));
    expect(parts.map(({ body }) => body)).toEqual([values.slice(0, 1024), values]);
  });
});

describe('RFC 9110 13 and 14 bulk data of many instances', () => {
  it('strong ETag, 304, HEAD, 206, 416', async () => {
    await stored();
    for (const path of [`${STUDY}/bulkdata`, `${INSTANCE}/pixeldata`]) {
      const response = await get(path, { Accept: AS_STORED });
      const etag = response.headers.get('ETag') ?? '';
      expect(etag).toMatch(/^"[^"]+"$/);
      expect((await get(path, { Accept: AS_STORED, 'If-None-Match': etag })).status).toBe(304);
      const head = await archive.fetch(path, { method: 'HEAD', headers: { Accept: AS_STORED } });
      expect(head.headers.get('Content-Length')).toBe(response.headers.get('Content-Length'));
      expect(await head.text()).toBe('');
      const whole = new Uint8Array(await response.arrayBuffer());
      const ranged = await get(path, { Accept: AS_STORED, Range: 'bytes=100-299' });
      expect(ranged.status).toBe(206);
      expect(new Uint8Array(await ranged.arrayBuffer())).toEqual(whole.subarray(100, 300));
      expect((await get(path, { Accept: AS_STORED, Range: `bytes=${whole.length}-` })).status).toBe(416);
      // RFC 9110 14.2: ranges are only for GET.
      for (const Range of ['bytes=100-299', `bytes=${whole.length}-`]) {
        const rangedHead = await archive.fetch(path, { method: 'HEAD', headers: { Accept: AS_STORED, Range } });
        expect([rangedHead.status, rangedHead.headers.get('Content-Length')]).toEqual([200, String(whole.length)]);
      }
    }
    expect((await archive.fetch(`${STUDY}/bulkdata`, { method: 'PUT' })).status).toBe(405);
  });

  it('one value: 206 and 416, nested ones and big-endian words too', async () => {
    await stored();
    for (const path of [
      `${INSTANCE}/bulkdata/54000100/1/00081140/0/54001010`,
      `${STUDY}/series/1.2.3.4.9/instances/1.2.3.4.3/bulkdata/7FE00010`,
    ]) {
      const whole = await archive.bytes(path);
      const ranged = await get(path, { Range: 'bytes=101-203' });
      expect(ranged.status).toBe(206);
      expect(ranged.headers.get('Content-Range')).toBe(`bytes 101-203/${whole.length}`);
      expect(new Uint8Array(await ranged.arrayBuffer())).toEqual(whole.subarray(101, 204));
      expect((await get(path, { Range: 'bytes=9999-' })).status).toBe(416);
    }
  });

  it('one value in multipart: the whole of it, because a client means bytes of the value', async () => {
    await stored();
    const path = `${INSTANCE}/bulkdata/54000100/1/00081140/0/54001010`;
    const ranged = await get(path, { Accept: AS_STORED, Range: 'bytes=0-99' });
    expect([ranged.status, ranged.headers.get('Accept-Ranges')]).toEqual([200, 'none']);
    expect((await partsOf(ranged)).map(({ body }) => body)).toEqual([await archive.bytes(path)]);
  });
});

describe('limits of one answer', () => {
  it('413 for more parts than R2 reads are allowed', async () => {
    const frames = Array.from({ length: 9001 }, () => Uint8Array.of(1, 2));
    await archive.store([
      slice({ transferSyntaxUID: JPEG_LS, fragments: frames, elements: [[0x00280008, 'IS', String(frames.length)]] }),
    ]);
    for (const resource of ['bulkdata', 'pixeldata', 'bulkdata/7FE00010']) {
      expect((await get(`${INSTANCE}/${resource}`)).status, resource).toBe(413);
    }
  });
});
