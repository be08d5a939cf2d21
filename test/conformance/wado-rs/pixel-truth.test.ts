import { beforeEach, describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { encoderOf } from '../../../src/imaging/codecs';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { formatOf, frameOf } from '../../support/files/frames';
import { writeLossless } from '../../support/files/jpeg-writer';
import { type Element, EXPLICIT_LITTLE } from '../../support/files/part10';
import { decodePng } from '../../support/files/png-decoder';
import { type SliceOptions, slice } from '../../support/files/samples';

/* Pixels whose attributes do not agree with their bytes: PS3.5 8.2, PS3.3 C.7.6.3.1.2. */

const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
const JPEG = '1.2.840.10008.1.2.4.';
const OCTETS = `application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE}`;
const FILE = `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`;
const LIST = 'multipart/related; type="application/octet-stream"';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient({ DUPLICATES: 'replace' });
});

const get = (path: string, Accept: string) => archive.fetch(`${INSTANCE}${path}`, { headers: { Accept } });
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

async function store(options: SliceOptions): Promise<void> {
  expect((await archive.store([slice(options)])).status).toBeLessThan(300);
}

const frame = async (number = 1) => {
  const response = await get(`/frames/${number}`, OCTETS);
  expect(response.status).toBe(200);
  return bytesOf(response);
};

/** The instance converted to uncompressed pixels, stored in its place under the same UIDs. */
async function storeConverted(): Promise<DicomJson> {
  const response = await get('', FILE);
  expect(response.status).toBe(200);
  expect((await archive.store([await bytesOf(response)])).status).toBeLessThan(300);
  const metadata = await get('/metadata', 'application/dicom+json');
  return ((await metadata.json()) as DicomJson[])[0]!;
}

const colour = (photometricInterpretation: string, more: Element[] = []): Element[] => [
  [0x00280002, 'US', [3]],
  [0x00280004, 'CS', photometricInterpretation],
  [0x00280006, 'US', [0]],
  [0x00280100, 'US', [8]],
  [0x00280101, 'US', [8]],
  [0x00280102, 'US', [7]],
  ...more,
];

describe('native pixel data of three bytes a pixel that is called YBR_FULL_422', () => {
  const pixels = Uint8Array.from({ length: 3 * 8 * 10 * 3 }, (_, at) => (at * 37) % 251);
  const frameLength = 8 * 10 * 3;

  beforeEach(async () => {
    const elements = colour('YBR_FULL_422', [
      [0x00280008, 'IS', '3'],
      [0x7fe00010, 'OB', pixels],
    ]);
    await store({ rows: 8, columns: 10, elements });
  });

  it('is shown as RGB, frame by frame', async () => {
    for (const number of [1, 2, 3]) {
      const expected = pixels.slice((number - 1) * frameLength, number * frameLength);
      expect(await frame(number)).toEqual(expected);
      const png = await bytesOf(await get(`/frames/${number}/rendered`, 'image/png'));
      expect(decodePng(png).bytes).toEqual(expected);
    }
  });

  it('is labelled RGB when it is compressed', async () => {
    const response = await get('', `application/dicom; transfer-syntax=${JPEG}80`);
    expect(response.status).toBe(200);
    expect((await archive.store([await bytesOf(response)])).status).toBe(200);
    expect((await storeConverted())['00280004']!.Value).toEqual(['RGB']);
    expect(await frame(2)).toEqual(pixels.slice(frameLength, 2 * frameLength));
  });
});

describe('chrominance for every pixel in a compression that is called YBR_FULL_422', () => {
  const format = formatOf({ rows: 8, columns: 10, samplesPerPixel: 3, bitsAllocated: 8 });
  const values = Uint8Array.from({ length: 8 * 10 * 3 }, (_, at) => 60 + ((at * 13) % 120));
  const rgb = values.map((_, at) => {
    const [y, cb, cr] = values.subarray(at - (at % 3), at - (at % 3) + 3);
    const [blue, red] = [1.772 * (cb! - 128), 1.402 * (cr! - 128)];
    return Math.max(0, Math.min(255, Math.round(y! + [red, -(0.114 * blue + 0.299 * red) / 0.587, blue][at % 3]!)));
  });

  it.each([
    ['RLE', '1.2.840.10008.1.2.5'],
    ['JPEG-LS', `${JPEG}80`],
    ['JPEG without loss', `${JPEG}70`],
  ])('comes out as RGB, and says so: %s', async (_name, transferSyntaxUID) => {
    const image = { rows: 8, columns: 10, samples: 3, precision: 8, restartInterval: 0, together: true };
    const encode = encoderOf(transferSyntaxUID);
    const codeStream = encode
      ? (await encode({ format: { ...format, photometricInterpretation: 'RGB' }, bytes: values })).codeStream
      : writeLossless(image, 1, [...values]);
    const elements = colour('YBR_FULL_422');
    await store({ rows: 8, columns: 10, transferSyntaxUID, fragments: [codeStream], elements });
    const difference = (bytes: Uint8Array) => Math.max(...bytes.map((value, at) => Math.abs(value - rgb[at]!)));
    const octets = await frame();
    expect(octets.length).toBe(rgb.length);
    expect(difference(octets)).toBeLessThanOrEqual(1);
    const before = decodePng(await bytesOf(await get('/rendered', 'image/png'))).bytes;
    expect(difference(before)).toBeLessThanOrEqual(1);
    expect((await storeConverted())['00280004']!.Value).toEqual(['RGB']);
    expect(await frame()).toEqual(octets);
    expect(decodePng(await bytesOf(await get('/rendered', 'image/png'))).bytes).toEqual(octets);
  });
});

describe('single bits in a compression of samples', () => {
  it('are packed in frames, bulk data and the converted instance', async () => {
    // 35 pixels in each frame, so that the second frame begins within a byte of the pixel data.
    const values = [3, 4].map((step) => Array.from({ length: 35 }, (_, at) => (at % step === 0 ? 1 : 0)));
    const image = { rows: 5, columns: 7, samples: 1, precision: 8, restartInterval: 0, together: true };
    const fragments = values.map((bits) => writeLossless(image, 1, bits));
    const elements: Element[] = [
      [0x00280008, 'IS', '2'],
      [0x00280100, 'US', [1]],
      [0x00280101, 'US', [1]],
      [0x00280102, 'US', [0]],
    ];
    await store({ rows: 5, columns: 7, transferSyntaxUID: `${JPEG}70`, fragments, elements });
    const bitsOf = (bytes: Uint8Array, count: number, from = 0) =>
      Array.from({ length: count }, (_, at) => (bytes[(from + at) >> 3]! >> ((from + at) & 7)) & 1);
    for (const number of [1, 2]) {
      const bytes = await frame(number);
      expect(bytes).toHaveLength(5);
      expect(bitsOf(bytes, 35)).toEqual(values[number - 1]);
    }
    const bulk = await bytesOf(await get('/bulkdata/7FE00010', 'application/octet-stream'));
    expect(bulk).toHaveLength(9);
    expect(bitsOf(bulk, 70)).toEqual(values.flat());
    const metadata = await storeConverted();
    expect(['00280100', '00280101', '00280102'].map((tag) => metadata[tag]!.Value)).toEqual([[1], [1], [0]]);
    expect(bitsOf(await frame(2), 35)).toEqual(values[1]);
  });
});

describe('a JPEG of another process than its transfer syntax names', () => {
  it('is decoded, and offered as what it is', async () => {
    const values = Array.from({ length: 80 }, (_, at) => (at * 29) % 256);
    const image = { rows: 8, columns: 10, samples: 1, precision: 8, restartInterval: 0, together: true };
    const elements: Element[] = [
      [0x00280100, 'US', [8]],
      [0x00280101, 'US', [8]],
      [0x00280102, 'US', [7]],
    ];
    const fragments = [writeLossless(image, 1, values)];
    const file = slice({ rows: 8, columns: 10, transferSyntaxUID: `${JPEG}50`, fragments, elements });
    const response = await archive.store([file]);
    expect(response.status).toBe(202);
    expect(JSON.stringify(await response.json())).toContain('"00020010"');
    expect([...(await frame())]).toEqual(values);
    const stored = await get('/frames/1', 'image/jpeg; transfer-syntax=*');
    expect(stored.headers.get('Content-Type')).toContain(`${JPEG}70`);
  });
});

describe('a frame without data', () => {
  it.each([
    ['between others', 1],
    ['at the end', 2],
    ['at the beginning', 0],
  ])('is refused before anything is sent, and the others are given: %s', async (_name, empty) => {
    const format = formatOf({ rows: 8, columns: 10 });
    const frames = [1, 2, 3].map((seed) => frameOf(format, 'noise', seed));
    const encode = encoderOf(`${JPEG}80`)!;
    const fragments = await Promise.all(frames.map(async (one) => (await encode(one)).codeStream));
    fragments[empty] = new Uint8Array(0);
    const elements: Element[] = [[0x00280008, 'IS', '3']];
    await store({ rows: 8, columns: 10, transferSyntaxUID: `${JPEG}80`, fragments, elements });
    for (const [at, one] of frames.entries()) if (at !== empty) expect(await frame(at + 1)).toEqual(one.bytes);
    for (const [path, accept] of [
      [`/frames/${empty + 1}`, OCTETS],
      [`/frames/${empty + 1}/rendered`, 'image/png'],
      ['/frames/1,2,3', LIST],
      ['/frames/3,2,1', `multipart/related; type="image/jp2"; transfer-syntax=${JPEG}90`],
      ['', FILE],
      ['', `application/dicom; transfer-syntax=${JPEG}90`],
      ['/bulkdata/7FE00010', 'application/octet-stream'],
    ] as const) {
      const response = await get(path, accept);
      expect(response.status, path).toBe(406);
      await response.arrayBuffer();
    }
    const asStored = await get('/frames/1,2,3', 'multipart/related; type="image/jls"');
    expect((await partsOf(asStored)).map(({ body }) => body.length)).toEqual(fragments.map(({ length }) => length));
    const alone = await get(`/frames/${empty + 1}`, 'image/jls');
    expect(alone.status).toBe(200);
    expect(await bytesOf(alone)).toHaveLength(0);
  });
});
