import { beforeEach, describe, expect, it } from 'vitest';
import { encodeJPEGLS } from '../../../src/imaging/codecs/jpeg-ls';
import { encodeRLE } from '../../../src/imaging/codecs/rle-encoder';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { formatOf, frameOf } from '../../support/files/frames';
import { type Element, EXPLICIT_LITTLE } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

/* A frame is answered whole and as the metadata describes it, or not at all: PS3.18 10.4.1.1.6, PS3.3 C.7.6.3. */

const UIDS = 'studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1';
const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
const JPEG = '1.2.840.10008.1.2.4.';
const RLE = '1.2.840.10008.1.2.5';
const LIST = 'multipart/related; type="application/octet-stream"';
const JLS = `image/jls; transfer-syntax=${JPEG}80`;
const OCTETS = `application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE}`;

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, Accept: string) =>
  archive.fetch(path.startsWith('/wado') ? path : `${INSTANCE}${path}`, { headers: { Accept } });
const statusOf = async (path: string, accept: string) => {
  const response = await get(path, accept);
  await response.arrayBuffer();
  return response.status;
};
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

async function expectStatuses(expected: readonly (readonly [path: string, accept: string, status: number])[]) {
  const found: [string, string, number][] = [];
  for (const [path, accept] of expected) found.push([path, accept, await statusOf(path, accept)]);
  expect(found).toEqual(expected);
}

describe('native pixel data that is cut short', () => {
  const value = Uint8Array.from({ length: 4 * 8 * 10 * 3 }, (_, at) => (at * 41) % 253);
  const frameLength = 8 * 10 * 3;
  const colour: Element[] = [
    [0x00280002, 'US', [3]],
    [0x00280004, 'CS', 'RGB'],
    [0x00280006, 'US', [0]],
    [0x00280100, 'US', [8]],
    [0x00280101, 'US', [8]],
    [0x00280102, 'US', [7]],
  ];
  const store = async (length: number, frames: number, more: Element[] = []) => {
    const elements: Element[] = [
      ...colour,
      [0x00280008, 'IS', String(frames)],
      [0x7fe00010, 'OB', value.slice(0, length)],
      ...more,
    ];
    return (await archive.store([slice({ rows: 8, columns: 10, elements })])).status;
  };

  it('has the frames that are there as a whole, and not the one that is not', async () => {
    expect(await store(2 * frameLength + 8, 4)).toBe(202);
    await expectStatuses([
      ['/frames/2', OCTETS, 200],
      ['/frames/2/rendered', 'image/png', 200],
      ['/frames/1,2', LIST, 200],
      ['/frames/3', OCTETS, 404],
      ['/frames/3', '*/*', 404],
      ['/frames/3', JLS, 404],
      ['/frames/2,3', LIST, 404],
      ['/frames/3/rendered', 'image/png', 404],
      ['/frames/3/thumbnail', 'image/png', 404],
      [`/wado?requestType=WADO&${UIDS}&contentType=image/png&frameNumber=3`, '*/*', 400],
      ['/rendered', 'image/png', 200],
      ['/thumbnail', 'image/png', 200],
    ]);
    expect(await bytesOf(await get('/frames/2', OCTETS))).toEqual(value.slice(frameLength, 2 * frameLength));
    const response = await get('', `application/dicom; transfer-syntax=${JPEG}80`);
    expect(response.status).toBe(200);
    const text = new TextDecoder('latin1').decode(await bytesOf(response));
    // Number of Frames (0028,0008) of the converted instance.
    expect(text).toContain('\x28\x00\x08\x00IS\x02\x002 ');
  });

  it('of one frame has none: nothing is made up, and what is stored is still there', async () => {
    expect(await store(frameLength - 2, 1)).toBe(202);
    await expectStatuses([
      ['/frames/1', OCTETS, 404],
      ['/frames/1', '*/*', 404],
      ['/frames/1', JLS, 404],
      ['/frames/1/rendered', 'image/png', 404],
      ['/rendered', 'image/png', 406],
      ['/thumbnail', 'image/png', 406],
      [`/wado?requestType=WADO&${UIDS}&contentType=image/png`, '*/*', 406],
      [`/wado?requestType=WADO&${UIDS}&contentType=application/dicom`, '*/*', 200],
      ['', `application/dicom; transfer-syntax=${JPEG}80`, 406],
      ['', `application/dicom; transfer-syntax=${RLE}`, 406],
      ['', 'application/dicom', 200],
      ['/metadata', 'application/dicom+json', 200],
    ]);
    const stored = await get('/bulkdata/7FE00010', 'application/octet-stream');
    expect(await bytesOf(stored)).toEqual(value.slice(0, frameLength - 2));
  });

  it('called YBR_FULL_422 has frames of two bytes a pixel', async () => {
    const halved = 8 * 10 * 2;
    expect(await store(halved * 3 + 8, 4, [[0x00280004, 'CS', 'YBR_FULL_422']])).toBe(202);
    expect(await bytesOf(await get('/frames/3', OCTETS))).toEqual(value.slice(2 * halved, 3 * halved));
    expect(await statusOf('/frames/4', OCTETS)).toBe(404);
  });

  it('without its byte of padding is whole', async () => {
    const elements: Element[] = [
      [0x00280100, 'US', [8]],
      [0x00280101, 'US', [8]],
      [0x00280102, 'US', [7]],
      [0x7fe00010, 'OB', value.slice(0, 15)],
    ];
    await archive.store([slice({ rows: 3, columns: 5, elements })]);
    expect(await statusOf('/frames/1', OCTETS)).toBe(200);
    expect(await statusOf('/frames/1/rendered', 'image/png')).toBe(200);
  });
});

describe('a code stream that holds another image than the metadata describes', () => {
  const grey = (rows: number, columns: number) => formatOf({ rows, columns, bitsAllocated: 8 });
  const asColour: Element[] = [
    [0x00280002, 'US', [3]],
    [0x00280004, 'CS', 'RGB'],
    [0x00280006, 'US', [0]],
  ];
  const bits: Element[] = [
    [0x00280100, 'US', [8]],
    [0x00280101, 'US', [8]],
    [0x00280102, 'US', [7]],
  ];

  describe.each<[string, number, number, Element[]]>([
    ['more rows and columns', 32, 24, bits],
    ['fewer rows and columns', 8, 6, bits],
    ['columns and rows exchanged', 12, 16, bits],
    ['one sample instead of three', 16, 12, [...bits, ...asColour]],
  ])('%s', (_name, rows, columns, elements) => {
    beforeEach(async () => {
      const { codeStream } = await encodeJPEGLS(frameOf(grey(rows, columns)));
      const fragment = codeStream.length % 2 === 0 ? codeStream.slice() : Uint8Array.from([...codeStream, 0]);
      const options = { rows: 16, columns: 12, transferSyntaxUID: `${JPEG}80` };
      const frames: Element = [0x00280008, 'IS', '2'];
      await archive.store([slice({ ...options, fragments: [fragment, fragment], elements: [...elements, frames] })]);
    });

    it('is no answer to a client that reads the frame by the metadata', async () => {
      await expectStatuses([
        ['/frames/1', OCTETS, 406],
        ['/frames/1', `image/dicom-rle; transfer-syntax=${RLE}`, 406],
        ['/frames/1,2', `${LIST}; transfer-syntax=${EXPLICIT_LITTLE}`, 406],
        ['/bulkdata/7FE00010', 'application/octet-stream', 406],
      ]);
    });

    it('is sent as it is stored, and in forms that say what they hold', async () => {
      await expectStatuses([
        ['/frames/1', JLS, 200],
        ['/frames/1/rendered', 'image/png', 200],
        ['', `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`, 200],
        [`/wado?requestType=WADO&${UIDS}&contentType=image/png`, '*/*', 200],
      ]);
    });
  });

  it('uncompressed fragments are whole, or sent only as they are stored', async () => {
    const transferSyntaxUID = '1.2.840.10008.1.2.1.98';
    const fragments = [new Uint8Array(16 * 12).fill(5), new Uint8Array(16 * 12 - 2).fill(6)];
    const frames: Element = [0x00280008, 'IS', '2'];
    await archive.store([slice({ rows: 16, columns: 12, transferSyntaxUID, fragments, elements: [...bits, frames] })]);
    await expectStatuses([
      ['/frames/1', OCTETS, 200],
      ['/frames/2', OCTETS, 406],
      ['/frames/2', `application/octet-stream; transfer-syntax=${transferSyntaxUID}`, 200],
      ['/frames/2/rendered', 'image/png', 406],
    ]);
  });

  it('RLE, which has no size of its own, is whole or refused', async () => {
    const { codeStream } = await encodeRLE(frameOf(grey(8, 6)));
    const options = { rows: 16, columns: 12, transferSyntaxUID: RLE };
    await archive.store([slice({ ...options, fragments: [codeStream.slice()], elements: bits })]);
    await expectStatuses([
      ['/frames/1', OCTETS, 406],
      ['/frames/1/rendered', 'image/png', 406],
    ]);
  });
});
