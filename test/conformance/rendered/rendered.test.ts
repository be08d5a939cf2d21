import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { decodeGif } from '../../support/files/gif-decoder';
import { instance, report } from '../../support/files/instances';
import type { Element } from '../../support/files/part10';
import { decodePng } from '../../support/files/png-decoder';
import { pixels, type SliceOptions, slice } from '../../support/files/samples';

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const OTHER = `${STUDY}/series/1.2.3.4.7/instances/1.2.3.4.7.1`;
const SIZE: SliceOptions = { rows: 48, columns: 64 };

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, Accept = '*/*', headers: Record<string, string> = {}) =>
  archive.fetch(path, { headers: { Accept, ...headers } });

async function png(path: string) {
  const response = await get(path, 'image/png');
  expect(response.status, path).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('image/png');
  return decodePng(new Uint8Array(await response.arrayBuffer()));
}

/** PS3.3 C.11.2.1.2.1, for 8 bits of output. */
function windowed(value: number, center: number, width: number): number {
  return Math.min(Math.max(((value - (center - 0.5)) / (width - 1) + 0.5) * 255, 0), 255);
}

const WINDOW: Element[] = [
  [0x00281050, 'DS', '30000'],
  [0x00281051, 'DS', '20000'],
];

function expectClose(got: Uint8Array, values: ArrayLike<number>, of: (value: number) => number): void {
  expect(got.length).toBe(values.length);
  for (let at = 0; at < got.length; at++) expect(Math.abs(got[at]! - of(values[at]!))).toBeLessThanOrEqual(1);
}

/** Frames of the generated pixels, one after the other. */
function multiFrame(count: number, elements: Element[] = []): Uint8Array {
  const frames = Array.from({ length: count }, (_, at) => pixels(48 * 64, at + 1));
  return slice({
    ...SIZE,
    elements: [[0x00280008, 'IS', String(count)], [0x7fe00010, 'OW', frames.flat()], ...WINDOW, ...elements],
  });
}

describe('PS3.18 10.4.1.1.3 rendered instances and frames', () => {
  it('JPEG by default, and each requested type', async () => {
    await archive.store([slice({ ...SIZE, elements: WINDOW })]);
    for (const path of [`${INSTANCE}/rendered`, `${INSTANCE}/frames/1/rendered`]) {
      for (const [accept, type, magic] of [
        ['*/*', 'image/jpeg', [0xff, 0xd8, 0xff]],
        ['image/jpeg', 'image/jpeg', [0xff, 0xd8, 0xff]],
        ['image/png', 'image/png', [0x89, 0x50, 0x4e]],
        ['image/gif', 'image/gif', [0x47, 0x49, 0x46]],
        ['image/jp2', 'image/jp2', [0, 0, 0, 12]],
        ['image/webp;q=0.9, image/png;q=0.5', 'image/png', [0x89]],
        ['text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8', 'image/jpeg', [0xff, 0xd8]],
      ] as const) {
        const response = await get(path, accept);
        expect(response.status, accept).toBe(200);
        expect(response.headers.get('Content-Type')).toBe(type);
        const bytes = new Uint8Array(await response.arrayBuffer());
        expect(response.headers.get('Content-Length')).toBe(String(bytes.length));
        expect([...bytes.subarray(0, magic.length)]).toEqual(magic);
      }
    }
  });

  it('the window of the file, or the requested one (8.3.5.1.4)', async () => {
    await archive.store([slice({ ...SIZE, elements: WINDOW })]);
    const stored = pixels(48 * 64, 1);
    const own = await png(`${INSTANCE}/rendered`);
    expect([own.width, own.height, own.samples]).toEqual([64, 48, 1]);
    expectClose(own.bytes, stored, (value) => windowed(value, 30000, 20000));
    const linear = await png(`${INSTANCE}/rendered?window=1000,4000,linear`);
    expectClose(linear.bytes, stored, (value) => windowed(value, 1000, 4000));
    const exact = await png(`${INSTANCE}/rendered?window=1000,4000,linear-exact`);
    expectClose(exact.bytes, stored, (value) => Math.min(Math.max(((value - 1000) / 4000 + 0.5) * 255, 0), 255));
    const sigmoid = await png(`${INSTANCE}/rendered?window=1000,4000,sigmoid`);
    expectClose(sigmoid.bytes, stored, (value) => 255 / (1 + Math.exp((-4 * (value - 1000)) / 4000)));
  });

  it('the viewport: the aspect kept, a part cut out, turned over (8.3.5.1.3)', async () => {
    await archive.store([slice({ ...SIZE, elements: WINDOW })]);
    const whole = await png(`${INSTANCE}/rendered`);
    const sizeOf = async (query: string) => {
      const { width, height } = await png(`${INSTANCE}/rendered?viewport=${query}`);
      return [width, height];
    };
    expect(await sizeOf('32,32')).toEqual([32, 24]);
    expect(await sizeOf('640,96')).toEqual([128, 96]);
    const part = await png(`${INSTANCE}/rendered?viewport=16,8,10,20,16,8`);
    const row = (y: number, from: number, to: number) => [...whole.bytes.subarray(y * 64 + from, y * 64 + to)];
    expect([...part.bytes]).toEqual(Array.from({ length: 8 }, (_, y) => row(20 + y, 10, 26)).flat());
    const flipped = await png(`${INSTANCE}/rendered?viewport=16,8,10,20,-16,8`);
    expect([...flipped.bytes.subarray(0, 16)]).toEqual(row(20, 10, 26).reverse());
    // Fields of the source that are omitted have their defaults, with commas before another field and none at the end.
    for (const query of ['32,24,32,24,,', '32,24,32,24']) {
      const rest = await png(`${INSTANCE}/rendered?viewport=${query}`);
      expect([...rest.bytes.subarray(0, 32)], query).toEqual(row(24, 32, 64));
    }
    const columns = await png(`${INSTANCE}/rendered?viewport=32,48,32`);
    expect([...columns.bytes.subarray(0, 32)]).toEqual(row(0, 32, 64));
    const rows = await png(`${INSTANCE}/rendered?viewport=64,24,,24`);
    expect([...rows.bytes.subarray(0, 64)]).toEqual(row(24, 0, 64));
    const mirrored = await png(`${INSTANCE}/rendered?viewport=64,48,,,-64`);
    expect([...mirrored.bytes.subarray(0, 64)]).toEqual(row(0, 0, 64).reverse());
  });

  it('quality makes JPEG smaller, annotation is burnt in, and ICC profiles are there when asked for', async () => {
    await archive.store([slice({ rows: 256, columns: 256, elements: WINDOW })]);
    const length = async (query: string) =>
      (await (await get(`${INSTANCE}/rendered${query}`)).arrayBuffer()).byteLength;
    expect(await length('?quality=10')).toBeLessThan((await length('?quality=95')) / 2);
    const plain = await png(`${INSTANCE}/rendered?window=0,1,linear`);
    const annotated = await png(`${INSTANCE}/rendered?window=0,1,linear&annotation=patient,technique`);
    expect(annotated.bytes).not.toEqual(plain.bytes);
    const colour = instance({
      sopClassUID: '1.2.840.10008.5.1.4.1.1.7',
      modality: 'OT',
      elements: [
        [0x00280002, 'US', [3]],
        [0x00280004, 'CS', 'RGB'],
        [0x00280006, 'US', [0]],
        [0x00280010, 'US', [1]],
        [0x00280011, 'US', [2]],
        [0x00280100, 'US', [8]],
        [0x00280101, 'US', [8]],
        [0x00280102, 'US', [7]],
        [0x00280103, 'US', [0]],
        [0x7fe00010, 'OB', Uint8Array.of(255, 0, 0, 1, 2, 3)],
      ],
    });
    await archive.store([colour]);
    expect([...(await png(`${OTHER}/rendered`)).bytes]).toEqual([255, 0, 0, 1, 2, 3]);
    const profiled = new Uint8Array(await (await get(`${OTHER}/rendered?iccprofile=yes`, 'image/png')).arrayBuffer());
    expect(new TextDecoder('latin1').decode(profiled)).toContain('iCCP');
  });

  it('frames by number, several in parts or as an animation', async () => {
    await archive.store([multiFrame(3, [[0x00181063, 'DS', '40']])]);
    const second = await png(`${INSTANCE}/frames/2/rendered`);
    expectClose(second.bytes, pixels(48 * 64, 2), (value) => windowed(value, 30000, 20000));
    const parts = await partsOf(await get(`${INSTANCE}/frames/3,1/rendered`, 'multipart/related; type="image/png"'));
    expect(parts.map(({ headers }) => headers['Content-Location'])).toEqual([
      `${ORIGIN}${INSTANCE}/frames/3/rendered`,
      `${ORIGIN}${INSTANCE}/frames/1/rendered`,
    ]);
    expect(decodePng(parts[1]!.body).bytes).toEqual((await png(`${INSTANCE}/frames/1/rendered`)).bytes);
    const all = await get(`${INSTANCE}/rendered`, 'image/gif');
    const gif = decodeGif(new Uint8Array(await all.arrayBuffer()));
    expect([gif.width, gif.height, gif.loops]).toEqual([64, 48, true]);
    expect(gif.frames.map(({ delay }) => delay)).toEqual([4, 4, 4]);
    expect(gif.frames[1]!.colours.filter((_, at) => at % 3 === 0)).toEqual(second.bytes);
    const some = await get(`${INSTANCE}/frames/1,2/rendered`, 'image/gif');
    expect(decodeGif(new Uint8Array(await some.arrayBuffer())).frames).toHaveLength(2);
    expect((await get(`${INSTANCE}/frames/4/rendered`)).status).toBe(404);
    expect((await get(`${INSTANCE}/frames/0/rendered`)).status).toBe(400);
  });

  it('of many frames the representative one: Representative Frame Number (PS3.3 C.7.6.6)', async () => {
    await archive.store([multiFrame(3, [[0x00286010, 'US', [3]]])]);
    expect((await png(`${INSTANCE}/rendered`)).bytes).toEqual((await png(`${INSTANCE}/frames/3/rendered`)).bytes);
  });

  it('a study and a series: all that can be rendered, a part each, or one picture', async () => {
    const files = [1, 2, 3].map((n) => slice({ ...SIZE, sop: `1.2.3.4.${n}`, seed: n, instanceNumber: n }));
    await archive.store([...files, report('All is well.')]);
    const response = await get(`${STUDY}/rendered`);
    expect(response.headers.get('Content-Type')).toMatch(/^multipart\/related; type="image\/jpeg"/);
    const parts = await partsOf(response);
    expect(parts.map(({ headers }) => headers['Content-Type'])).toEqual([
      ...Array(3).fill('image/jpeg'),
      'text/html; charset=utf-8',
    ]);
    const ofSeries = await partsOf(await get(`${SERIES}/rendered`, 'multipart/related; type="image/png"'));
    expect(ofSeries.map(({ headers }) => headers['Content-Type'])).toEqual(Array(3).fill('image/png'));
    const single = await get(`${STUDY}/rendered`, 'image/png');
    expect(single.headers.get('Content-Type')).toBe('image/png');
    expect(decodePng(new Uint8Array(await single.arrayBuffer())).bytes).toEqual(
      (await png(`${SERIES}/instances/1.2.3.4.2/rendered`)).bytes,
    );
    expect((await get('/dicomweb/studies/9/rendered')).status).toBe(404);
    expect((await get('/dicomweb/studies/9/rendered', 'image/png')).status).toBe(404);
  });

  it('400 for invalid parameters, 406 for an unavailable form', async () => {
    await archive.store([slice(SIZE), instance({ sopClassUID: '1.2.840.10008.5.1.4.1.1.66', modality: 'REG' })]);
    for (const query of [
      'viewport=0,10',
      'viewport=10',
      'viewport=10,10,1,2,3,4,5',
      'viewport=0x10,10',
      'viewport=99999,9',
      'viewport=10,10,100,0,5,5',
      'window=1,2',
      'window=1,2,curved',
      'window=a,2,linear',
      'window=1,0,linear',
      'quality=0',
      'quality=101',
      'annotation=name',
      'iccprofile=cmyk',
      'charset=latin1',
      'quality=5&quality=6',
    ]) {
      expect((await get(`${INSTANCE}/rendered?${query}`)).status, query).toBe(400);
    }
    expect((await get(`${INSTANCE}/rendered?quality=&unknown=1`)).status).toBe(200);
    for (const accept of ['application/pdf', 'image/webp', 'application/dicom', 'video/mp4']) {
      expect((await get(`${INSTANCE}/rendered`, accept)).status, accept).toBe(406);
    }
    expect((await get(`${INSTANCE}/rendered`, 'application/dicom, image/png')).status).toBe(400);
    expect((await get(`${OTHER}/rendered`)).status).toBe(406);
    expect((await get(`${STUDY}/series/1.2.3.4.7/rendered`)).status).toBe(406);
  });

  it('inconsistent pixels are refused with a client error, not a server error', async () => {
    const broken = Uint8Array.of(
      0xff,
      0x4f,
      0xff,
      0x51,
      0,
      41,
      0,
      0,
      255,
      255,
      255,
      255,
      255,
      255,
      255,
      255,
      0,
      0,
      0,
      0,
    );
    await archive.store([slice({ transferSyntaxUID: '1.2.840.10008.1.2.4.90', fragments: [broken] })]);
    for (const path of [`${INSTANCE}/rendered`, `${INSTANCE}/thumbnail`, `${INSTANCE}/frames/1/rendered`]) {
      expect((await get(path)).status, path).toBe(406);
    }
    expect((await get(`${INSTANCE}/frames/1`, 'application/octet-stream')).status).toBe(406);
    expect((await get(INSTANCE, 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1')).status).toBe(406);
    // An image that cannot be decoded is sent as stored to a client that names no transfer syntax.
    for (const accept of ['application/dicom', '*/*']) expect((await get(INSTANCE, accept)).status).toBe(200);
  });
});

describe('HTTP of rendered resources', () => {
  it('entity tags, 304, HEAD and ranges; the tag depends on the request', async () => {
    await archive.store([slice(SIZE)]);
    const whole = await get(`${INSTANCE}/rendered`);
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const etag = whole.headers.get('ETag')!;
    expect(etag).toMatch(/^"/);
    expect((await get(`${INSTANCE}/rendered`, '*/*', { 'If-None-Match': etag })).status).toBe(304);
    for (const other of ['?quality=50', '?window=1,2,linear', '?viewport=10,10']) {
      expect((await get(`${INSTANCE}/rendered${other}`)).headers.get('ETag')).not.toBe(etag);
    }
    const head = await archive.fetch(`${INSTANCE}/rendered`, { method: 'HEAD' });
    expect(head.headers.get('Content-Length')).toBe(String(bytes.length));
    expect((await head.arrayBuffer()).byteLength).toBe(0);
    const part = await get(`${INSTANCE}/rendered`, '*/*', { Range: 'bytes=10-19' });
    expect(part.status).toBe(206);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    expect(whole.headers.get('Cache-Control')).toContain('private');
    expect(whole.headers.get('Vary')).toContain('Accept');
  });

  it('made once for a data centre, and never sent again after the instance was deleted or replaced', async () => {
    archive = archiveClient({ DUPLICATES: 'replace' });
    await archive.store([slice(SIZE)]);
    const first = await png(`${INSTANCE}/rendered`);
    const { length } = archive.operations.r2Reads;
    expect((await png(`${INSTANCE}/rendered`)).bytes).toEqual(first.bytes);
    expect(archive.operations.r2Reads).toHaveLength(length);
    await archive.store([slice({ ...SIZE, seed: 9 })]);
    expect((await png(`${INSTANCE}/rendered`)).bytes).not.toEqual(first.bytes);
    await archive.fetch(INSTANCE, { method: 'DELETE' });
    expect((await get(`${INSTANCE}/rendered`, 'image/png')).status).toBe(410);
  });
});
