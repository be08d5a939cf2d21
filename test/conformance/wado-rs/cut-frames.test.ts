import { deflateSync } from 'fflate';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { ENCODED, ENCODERS, type Encoded } from '../../support/files/encoders';
import { formatOf, frameOf } from '../../support/files/frames';
import { type Element, joined } from '../../support/files/part10';
import { type SliceOptions, slice } from '../../support/files/samples';

/*
 * A file of several frames that ends within its last frame. The store warns (B007H). The places of the frames show that the
 * frame is cut off, so an answer that would convert it is decided before its first byte: the stored form takes its place
 * (8.7.3), or the answer is 406, and the other instances of the study are sent.
 */

const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
const RLE = '1.2.840.10008.1.2.5';
const DEFLATED_FRAME = '1.2.840.10008.1.2.8.1';
const UNCOMPRESSED_FRAME = '1.2.840.10008.1.2.1.98';
/** Bytes of a Sequence Delimitation Item (PS3.5 A.4). */
const DELIMITER = 8;
const FORMAT = formatOf({ rows: 64, columns: 64 });

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const CUT = `${SERIES}/instances/1.2.3.4.2`;
const FILES = 'multipart/related; type="application/dicom"';
const OCTETS = 'multipart/related; type="application/octet-stream"';

let client: ArchiveClient;
let lines: Record<string, unknown>[];
withArchive(() => {
  lines = [];
  client = archiveClient();
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(JSON.parse(line)));
});
afterEach(() => vi.restoreAllMocks());

const get = (path: string, accept: string, more: Record<string, string> = {}) =>
  client.fetch(path, { headers: { Accept: accept, ...more } });

const even = (bytes: Uint8Array) => joined([bytes, new Uint8Array(bytes.length % 2)]);

async function fragmentsOf(uid: Encoded): Promise<Uint8Array[]> {
  const fragments = [];
  for (const seed of [1, 2, 3]) fragments.push(even((await ENCODERS[uid](frameOf(FORMAT, 'noise', seed))).codeStream));
  return fragments;
}

/** Stores a study of three instances; the second ends `missing` bytes too early. @returns its file */
async function store(options: SliceOptions, missing: number): Promise<Uint8Array> {
  const [first, second, third] = ['1.2.3.4.1', '1.2.3.4.2', '1.2.3.4.3'].map((sop, at) =>
    slice({ ...options, sop, instanceNumber: at + 1 }),
  );
  const cut = second!.subarray(0, second!.length - missing);
  for (const [file, status] of [
    [first!, 200],
    [cut, 202],
    [third!, 200],
  ] as const) {
    expect((await client.store([file])).status).toBe(status);
  }
  return cut;
}

const frames = (count: number): Element => [0x00280008, 'IS', String(count)];

describe.each(ENCODED)('%s: a file that ends within its third frame', (uid) => {
  const storeCut = async () => {
    const fragments = await fragmentsOf(uid);
    const options = { rows: 64, columns: 64, transferSyntaxUID: uid, fragments, elements: [frames(3)] };
    return await store(options, DELIMITER + Math.floor(fragments[2]!.length / 4));
  };

  it('comes as stored where the client names no transfer syntax, and the others converted (8.7.3)', async () => {
    const cut = await storeCut();
    const alone = await get(CUT, 'application/dicom');
    expect(alone.headers.get('Content-Type')).toBe(`application/dicom; transfer-syntax=${uid}`);
    expect(new Uint8Array(await alone.arrayBuffer())).toEqual(cut);
    for (const path of [STUDY, SERIES]) {
      const parts = await partsOf(await get(path, FILES));
      const types = [EXPLICIT_LITTLE, uid, EXPLICIT_LITTLE].map(
        (syntax) => `application/dicom; transfer-syntax=${syntax}`,
      );
      expect(parts.map(({ headers }) => headers['Content-Type'])).toEqual(types);
      expect(parts[1]!.body).toEqual(cut);
    }
    expect(lines).toEqual([]);
  });

  it('is 406 where only a conversion is accepted, before the first byte', async () => {
    await storeCut();
    for (const [path, accept] of [
      [CUT, `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`],
      [CUT, `${FILES}; transfer-syntax=${EXPLICIT_LITTLE}`],
      [`${CUT}/frames/1,2,3`, `${OCTETS}; transfer-syntax=${EXPLICIT_LITTLE}`],
      [`${CUT}/frames/3,1`, `${OCTETS}; transfer-syntax=${EXPLICIT_LITTLE}`],
      [`${CUT}/frames/1,2,3/rendered`, 'multipart/related; type="image/png"'],
      [`${CUT}/rendered`, 'image/gif'],
    ] as const) {
      expect([path, (await get(path, accept)).status]).toEqual([path, 406]);
    }
    const whole = await get(`${CUT}/frames/1,2`, `${OCTETS}; transfer-syntax=${EXPLICIT_LITTLE}`);
    expect(await partsOf(whole)).toHaveLength(2);
    expect(lines).toEqual([]);
  });

  it('has its frames as stored among decoded pixel data', async () => {
    await storeCut();
    const decoded = `application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE}`;
    for (const path of [`${STUDY}/pixeldata`, `${STUDY}/bulkdata`]) {
      const types = (await partsOf(await get(path, OCTETS))).map(({ headers }) => headers['Content-Type']);
      expect(types).toEqual([decoded, ...Array.from({ length: 3 }, () => expect.stringContaining(uid)), decoded]);
    }
    expect(lines).toEqual([]);
  });
});

describe('a file that lacks nothing but the end of its pixel data', () => {
  it('is converted with all its frames', async () => {
    const fragments = await fragmentsOf(RLE);
    await store({ rows: 64, columns: 64, transferSyntaxUID: RLE, fragments, elements: [frames(3)] }, DELIMITER);
    const parts = await partsOf(await get(STUDY, FILES));
    const types = parts.map(({ headers }) => headers['Content-Type']);
    expect(new Set(types)).toEqual(new Set([`application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`]));
    expect(await partsOf(await get(`${CUT}/frames/1,2,3`, OCTETS))).toHaveLength(3);
  });
});

describe('frames of single bits that share bytes (PS3.5 8.1.1)', () => {
  const SIZE = { rows: 3, columns: 5 };
  const BITS: Element[] = [
    [0x00280100, 'US', [1]],
    [0x00280101, 'US', [1]],
    [0x00280102, 'US', [0]],
  ];
  const packed = (frame: number) => Uint8Array.of(frame * 7, frame);
  /** A header, and one literal run. */
  const rle = (bytes: Uint8Array) =>
    even(joined([Uint8Array.of(1, 0, 0, 0, 64), new Uint8Array(59), Uint8Array.of(bytes.length - 1), bytes]));
  const CODED: Record<string, (bytes: Uint8Array) => Uint8Array> = {
    [RLE]: rle,
    [DEFLATED_FRAME]: (bytes) => even(deflateSync(bytes)),
    [UNCOMPRESSED_FRAME]: (bytes) => bytes,
  };
  const optionsOf = (uid: string, count: number) => ({
    ...SIZE,
    transferSyntaxUID: uid,
    fragments: Array.from({ length: count }, (_, at) => CODED[uid]!(packed(at + 1))),
    elements: [frames(count), ...BITS],
  });

  it.each(Object.keys(CODED))(
    '%s: a file that ends within a frame of the first byte is 406, or comes as stored',
    async (uid) => {
      for (const count of [3, 19]) {
        const options = optionsOf(uid, count);
        const missing = DELIMITER + (uid === UNCOMPRESSED_FRAME ? 1 : 2);
        const cut = await store(options, missing);
        const accept = `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`;
        expect((await get(CUT, accept)).status).toBe(406);
        for (const each of ['application/dicom', `application/dicom; transfer-syntax=${uid}`]) {
          expect(new Uint8Array(await (await get(CUT, each)).arrayBuffer())).toEqual(cut);
        }
        expect(await partsOf(await get(STUDY, FILES))).toHaveLength(3);
        const parts = await partsOf(await get(`${CUT}/pixeldata`, OCTETS));
        expect(parts).toHaveLength(count);
        expect(await partsOf(await get(`${CUT}/bulkdata/7FE00010`, OCTETS))).toHaveLength(count);
        await client.fetch(STUDY, { method: 'DELETE' });
      }
      expect(lines).toEqual([]);
    },
  );

  it('a damaged one of the first eight frames is found before the first byte, too', async () => {
    const options = optionsOf(RLE, 19);
    options.fragments[4] = options.fragments[4]!.subarray(0, 66);
    const file = slice({ ...options, sop: '1.2.3.4.2' });
    await client.store([file]);
    expect((await get(CUT, `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`)).status).toBe(406);
    expect(new Uint8Array(await (await get(CUT, 'application/dicom')).arrayBuffer())).toEqual(file);
    expect(await partsOf(await get(`${CUT}/pixeldata`, OCTETS))).toHaveLength(19);
    expect(lines).toEqual([]);
  });
});

describe('a range of a converted file that begins in a frame that cannot be decoded', () => {
  it('is 406, or a range of the stored form', async () => {
    const fragments = await fragmentsOf(RLE);
    fragments[1] = fragments[1]!.subarray(0, 4500);
    const file = slice({
      rows: 64,
      columns: 64,
      sop: '1.2.3.4.2',
      transferSyntaxUID: RLE,
      fragments,
      elements: [frames(3)],
    });
    expect((await client.store([file])).status).toBe(200);
    const range = { Range: 'bytes=10000-10009' };
    expect((await get(CUT, `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`, range)).status).toBe(406);
    const stored = await get(CUT, 'application/dicom', range);
    expect([stored.status, stored.headers.get('Content-Type')]).toEqual([
      206,
      `application/dicom; transfer-syntax=${RLE}`,
    ]);
    expect(new Uint8Array(await stored.arrayBuffer())).toEqual(file.subarray(10_000, 10_010));
    expect(lines).toEqual([]);
  });
});
