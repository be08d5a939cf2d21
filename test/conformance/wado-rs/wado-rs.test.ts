import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { type Element, EXPLICIT_BIG, EXPLICIT_LITTLE, joined } from '../../support/files/part10';
import { pixels, type SliceOptions, slice } from '../../support/files/samples';

const JPEG_LS = '1.2.840.10008.1.2.4.80';
const SERIES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0';
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const AS_STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, headers: Record<string, string> = {}) => archive.fetch(path, { headers });

async function stored(options: SliceOptions = {}): Promise<Uint8Array> {
  const file = slice(options);
  expect((await archive.store([file])).status).toBe(200);
  return file;
}

describe('PS3.18 10.4.1.1.1 instance resources', () => {
  it('study, series and instance as multipart application/dicom, byte for byte', async () => {
    const files = [1, 2, 3].map((n) => slice({ sop: `1.2.3.4.${n}`, seed: n }));
    await archive.store(files);
    for (const path of ['/dicomweb/studies/1.2.3.4', SERIES]) {
      const response = await get(path, { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' });
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Type')).toMatch(/^multipart\/related; type="application\/dicom"; boundary=/);
      const length = Number(response.headers.get('Content-Length'));
      const parts = await partsOf(response.clone());
      expect((await response.arrayBuffer()).byteLength).toBe(length);
      expect(parts.map(({ body }) => body)).toEqual(files);
      expect(parts[0]?.headers['Content-Type']).toBe(`application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`);
    }
  });

  it('an instance as single-part application/dicom', async () => {
    const file = await stored();
    const response = await get(INSTANCE, { Accept: 'application/dicom' });
    expect(response.headers.get('Content-Type')).toBe(`application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(file);
  });

  it('404 for a missing resource, 406 for an unavailable form', async () => {
    await stored();
    for (const path of [
      '/dicomweb/studies/9',
      `${SERIES}9`,
      `${INSTANCE}9`,
      `${INSTANCE}9/metadata`,
      `${INSTANCE}9/frames/1`,
    ]) {
      expect((await get(path)).status, path).toBe(404);
    }
    for (const accept of ['text/html', 'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.92', 'image/jpeg']) {
      expect((await get(INSTANCE, { Accept: accept })).status, accept).toBe(406);
    }
    // The available types are named as a client has to ask for them.
    const { detail } = await (await get(INSTANCE, { Accept: 'application/octet-stream' })).json<{ detail: string }>();
    expect(detail).toContain('multipart/related; type="application/octet-stream"');
    expect((await get(INSTANCE, { Accept: 'multipart/related; type="application/octet-stream"' })).status).toBe(200);
  });
});

describe('PS3.18 10.4.1.1.2 metadata', () => {
  it('at the three levels, with absolute URIs', async () => {
    await archive.store([1, 2].map((n) => slice({ sop: `1.2.3.4.${n}` })));
    for (const [path, count] of [
      ['/dicomweb/studies/1.2.3.4', 2],
      [SERIES, 2],
      [INSTANCE, 1],
    ] as const) {
      const response = await get(`${path}/metadata`, { Accept: 'application/dicom+json' });
      expect(response.headers.get('Content-Type')).toBe('application/dicom+json');
      const metadata = (await response.json()) as Record<string, { Value?: unknown[]; BulkDataURI?: string }>[];
      expect(metadata).toHaveLength(count);
      expect(metadata[0]?.['00100010']?.Value).toEqual([{ Alphabetic: 'Neptune^Planet' }]);
      expect(metadata[0]?.['7FE00010']?.BulkDataURI).toBe(`${ORIGIN}${INSTANCE}/bulkdata/7FE00010`);
    }
  });

  it('JSON for the Accept header that OHIF sends for everything', async () => {
    await stored();
    const Accept = `application/dicom+json, ${AS_STORED}`;
    expect((await get(`${SERIES}/metadata`, { Accept })).headers.get('Content-Type')).toBe('application/dicom+json');
  });

  it('the public origin, where one is configured', async () => {
    archive = archiveClient({ PUBLIC_ORIGIN: 'https://pacs.example.org/' });
    await stored();
    const [metadata] = await archive.json(`${SERIES}/metadata`);
    expect(metadata?.['7FE00010']?.BulkDataURI).toMatch(/^https:\/\/pacs\.example\.org\/dicomweb\/studies\//);
  });
});

describe('PS3.18 10.4.1.1.6 frames', () => {
  it('a native frame, in each form that clients ask for it', async () => {
    await stored();
    const frame = words(pixels(256, 1));
    for (const accept of [
      AS_STORED,
      AS_STORED.replaceAll('"', ''),
      'multipart/related; type="application/octet-stream"',
      '*/*',
    ]) {
      const response = await get(`${INSTANCE}/frames/1`, { Accept: accept });
      expect(response.status, accept).toBe(200);
      const [part, ...more] = await partsOf(response);
      expect(more).toEqual([]);
      expect(part?.headers['Content-Type']).toBe(`application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE}`);
      expect(part?.body).toEqual(frame);
    }
    const single = await get(`${INSTANCE}/frames/1`, { Accept: 'application/octet-stream' });
    expect(single.headers.get('Content-Type')).toBe(`application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE}`);
    expect(new Uint8Array(await single.arrayBuffer())).toEqual(frame);
  });

  it('a list of compressed frames, in the order asked for, each with media type and transfer syntax', async () => {
    const fragments = [1, 2, 3].map((n) => Uint8Array.of(0xff, 0xd8, n, n, n, n, 0xff, 0xd9));
    await stored({ transferSyntaxUID: JPEG_LS, fragments, elements: [[0x00280008, 'IS', '3']] });
    const parts = await partsOf(await get(`${INSTANCE}/frames/3,1`, { Accept: AS_STORED }));
    expect(parts.map(({ body }) => body)).toEqual([fragments[2], fragments[0]]);
    for (const { headers } of parts) expect(headers['Content-Type']).toBe(`image/jls; transfer-syntax=${JPEG_LS}`);
  });

  it('a frame of several fragments without their item headers, by the basic offset table', async () => {
    const fragments = [0, 1, 2, 3].map((n) => Uint8Array.from({ length: 6 + 2 * n }, () => n));
    const [a, b, c, d] = fragments as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const basicOffsetTable = [0, 6 + 8 + 8 + 8];
    await stored({ transferSyntaxUID: JPEG_LS, fragments, basicOffsetTable, elements: [[0x00280008, 'IS', '2']] });
    const parts = await partsOf(await get(`${INSTANCE}/frames/1,2`, { Accept: AS_STORED }));
    expect(parts.map(({ body }) => body)).toEqual([joined([a, b]), joined([c, d])]);
  });

  it('big-endian frames come as little-endian', async () => {
    await stored({ transferSyntaxUID: EXPLICIT_BIG });
    const [part] = await partsOf(await get(`${INSTANCE}/frames/1`, { Accept: AS_STORED }));
    expect(part?.headers['Content-Type']).toBe(`application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE}`);
    expect(part?.body).toEqual(words(pixels(256, 1)));
  });

  it('frames of single bits start at a byte', async () => {
    // Two frames of 3x3: bits 1,0,1,1,0,0,1,1,1 and 0,1,1,0,1,0,0,0,1, least significant first.
    const elements: Element[] = [
      [0x00280008, 'IS', '2'],
      [0x00280010, 'US', [3]],
      [0x00280011, 'US', [3]],
      [0x00280100, 'US', [1]],
      [0x7fe00010, 'OB', Uint8Array.of(0b11001101, 0b00101101, 0b10)],
    ];
    await stored({ elements });
    const parts = await partsOf(await get(`${INSTANCE}/frames/1,2`, { Accept: AS_STORED }));
    expect(parts.map(({ body }) => [...body])).toEqual([
      [0b11001101, 1],
      [0b00010110, 1],
    ]);
  });

  it('404 beyond the last frame, 400 for an invalid frame number', async () => {
    await stored();
    for (const number of ['2', '2147483647', '9'.repeat(400)]) {
      expect((await get(`${INSTANCE}/frames/${number}`)).status, number).toBe(404);
    }
    for (const list of ['0', 'x', '1,,2', '-1'])
      expect((await get(`${INSTANCE}/frames/${list}`)).status, list).toBe(400);
  });
});

describe('PS3.18 10.4.1.1.5 bulk data', () => {
  it('the value at every BulkDataURI, nested ones too', async () => {
    const big = Uint8Array.from({ length: 5000 }, (_, n) => n & 0xff);
    const nested = big.map((byte) => 255 - byte);
    await stored({
      elements: [
        [0x00420011, 'OB', big],
        [0x54000100, 'SQ', [[], [[0x54001010, 'OB', nested]]]],
      ],
    });
    const [metadata] = await archive.json(`${INSTANCE}/metadata`);
    const item = metadata?.['54000100']?.Value?.[1] as Record<string, { BulkDataURI?: string }>;
    for (const [uri, bytes] of [
      [metadata?.['00420011']?.BulkDataURI, big],
      [item['54001010']?.BulkDataURI, nested],
    ] as const) {
      const path = uri?.replace(ORIGIN, '') ?? '';
      expect(await archive.bytes(path, 'application/octet-stream')).toEqual(bytes);
      const [part] = await partsOf(await get(path, { Accept: 'multipart/related; type="application/octet-stream"' }));
      expect(part?.body).toEqual(bytes);
    }
  });
});

describe('RFC 9110 13 and 14', () => {
  it('strong ETag, 304, HEAD', async () => {
    await stored();
    for (const path of [
      INSTANCE,
      SERIES,
      `${INSTANCE}/frames/1`,
      `${SERIES}/metadata`,
      `${INSTANCE}/bulkdata/7FE00010`,
    ]) {
      const response = await get(path);
      const etag = response.headers.get('ETag') ?? '';
      expect(etag, path).toMatch(/^"[^"]+"$/);
      const unchanged = await get(path, { 'If-None-Match': `"other", ${etag}` });
      expect(unchanged.status, path).toBe(304);
      expect(await unchanged.text()).toBe('');
      const head = await archive.fetch(path, { method: 'HEAD' });
      expect(head.status).toBe(200);
      expect(head.headers.get('ETag')).toBe(etag);
      expect(head.headers.get('Content-Length')).toBe(response.headers.get('Content-Length'));
      expect(await head.text()).toBe('');
    }
  });

  it('206 with Content-Range, also of a multipart body, and 416', async () => {
    await stored();
    for (const [path, accept] of [
      [INSTANCE, 'application/dicom'],
      [`${INSTANCE}/frames/1`, AS_STORED],
      [SERIES, '*/*'],
    ] as const) {
      const whole = await archive.bytes(path, accept);
      for (const [range, from, to] of [
        ['bytes=10-19', 10, 20],
        ['bytes=-5', whole.length - 5, whole.length],
        ['bytes=100-', 100, whole.length],
      ] as const) {
        const response = await get(path, { Accept: accept, Range: range });
        expect(response.status).toBe(206);
        expect(response.headers.get('Content-Range')).toBe(`bytes ${from}-${to - 1}/${whole.length}`);
        expect(new Uint8Array(await response.arrayBuffer())).toEqual(whole.subarray(from, to));
      }
      expect((await get(path, { Accept: accept, Range: `bytes=${whole.length}-` })).status).toBe(416);
    }
  });
});

function words(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value & 0xff, value >> 8]));
}

describe('PS3.18 10.4.1.1.5 compressed pixel data as bulk data', () => {
  it('is its frames, each with its transfer syntax, also for a client that asks for octets', async () => {
    const fragments = [1, 2].map((n) => Uint8Array.of(0xff, 0xd8, n, n, 0xff, 0xd9));
    await stored({ transferSyntaxUID: JPEG_LS, fragments, elements: [[0x00280008, 'IS', '2']] });
    for (const [accept, type] of [
      ['*/*', 'image/jls'],
      ['multipart/related; type="application/octet-stream"', 'application/octet-stream'],
    ] as const) {
      const parts = await partsOf(await get(`${INSTANCE}/bulkdata/7FE00010`, { Accept: accept }));
      expect(parts.map(({ body }) => body)).toEqual(fragments);
      expect(parts[0]?.headers['Content-Type']).toBe(`${type}; transfer-syntax=${JPEG_LS}`);
    }
  });
});
