import dicomParser from 'dicom-parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayBytes, CASES_ARE_THERE, caseFile, caseNames, furthest } from '../support/files/cases';
import { decodePng } from '../support/files/png-decoder';
import { withServer } from '../support/server/with-server';

const OCTETS = 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1';
const FILE = 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1';

const stored = new Map<string, { status: number; base: string }>();

describe.runIf(CASES_ARE_THERE)('files of public bug reports', () => {
  const server = withServer();
  beforeAll(async () => {
    for (const name of caseNames()) {
      const response = await fetch(`${server.origin}/dicomweb/studies`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/dicom', Accept: 'application/dicom+json' },
        body: new Uint8Array(caseFile(name)),
      });
      const answer = (await response.json()) as Record<string, { Value?: Record<string, { Value?: string[] }>[] }>;
      const base = answer['00081199']?.Value?.[0]?.['00081190']?.Value?.[0] ?? '';
      stored.set(name, { status: response.status, base });
    }
  });

  const get = (name: string, path: string, accept: string) =>
    fetch(`${stored.get(name)!.base}${path}`, { headers: { Accept: accept } });
  const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

  /** The frame as octets. */
  async function frame(name: string, number = 1): Promise<Uint8Array> {
    const response = await get(name, `/frames/${number}`, OCTETS);
    expect(response.status, name).toBe(200);
    return bytesOf(response);
  }

  async function picture(name: string, path = '/rendered'): Promise<Uint8Array> {
    const response = await get(name, path, 'image/png');
    expect(response.status, name).toBe(200);
    return decodePng(await bytesOf(response)).bytes;
  }

  /** The instance converted, as an independent parser reads it. */
  async function converted(name: string): Promise<{ text(tag: string): string | undefined; pixels: Uint8Array }> {
    const response = await get(name, '', FILE);
    expect(response.status, name).toBe(200);
    const dataSet = dicomParser.parseDicom(await bytesOf(response));
    const element = dataSet.elements.x7fe00010!;
    const { dataOffset, length } = element;
    return {
      text: (tag) => (tag === 'x00280004' ? dataSet.string(tag) : String(dataSet.uint16(tag))),
      pixels: dataSet.byteArray.subarray(dataOffset, dataOffset + length) as Uint8Array,
    };
  }

  it('are all stored', () => {
    expect([...stored].filter(([, { status }]) => status !== 200 && status !== 202)).toEqual([]);
    expect(stored.size).toBeGreaterThanOrEqual(17);
  });

  it.each([
    ['htj2k-colour-without-transform/rgb8', 'htj2k-colour-without-transform/rgb8-right', 0],
    ['j2k-colour-of-16-bits/rgb16', 'j2k-colour-of-16-bits/rgb16-right', 0],
    ['j2k-single-bit-seg/seg', 'j2k-single-bit-seg/packed-right', 0],
    ['jpeg-process-other-than-named/lossless-in-50', 'jpeg-process-other-than-named/lossless-in-50-right', 0],
    ['jpeg-warnings-are-fatal/bytes-before-dqt', 'jpeg-warnings-are-fatal/bytes-before-dqt-right', 1],
    ['jpeg-warnings-are-fatal/bytes-before-eoi', 'jpeg-warnings-are-fatal/bytes-before-eoi-right', 1],
    ['jpeg-colour-told-by-the-stream/jfif-says-rgb', 'jpeg-colour-told-by-the-stream/jfif-says-rgb-right', 2],
    ['jpeg-colour-told-by-the-stream/adobe0-says-ybr', 'jpeg-colour-told-by-the-stream/adobe0-says-ybr-right', 2],
    ['vr-that-is-no-letters/vr-dashes', 'vr-that-is-no-letters/frame-right', 0],
    ['vr-that-is-no-letters/vr-lower-case', 'vr-that-is-no-letters/frame-right', 0],
    ['j2k-subsampled-chroma/ybr422', 'j2k-subsampled-chroma/ybr422-picture-right', 2],
    ['ybr-full-422-decoded-444/rle', 'ybr-full-422-decoded-444/picture-right', 3],
    ['ybr-full-422-decoded-444/jpeg-lossless', 'ybr-full-422-decoded-444/picture-right', 3],
    ['ybr-full-422-decoded-444/j2k-no-mct', 'ybr-full-422-decoded-444/picture-right', 3],
  ])('%s gives the right frame, and the instance converted the same', async (name, right, most) => {
    const expected = arrayBytes(`${right}.npy`);
    expect(furthest(await frame(`${name}.dcm`), expected)).toBeLessThanOrEqual(most);
    const { pixels } = await converted(`${name}.dcm`);
    expect(furthest(pixels.subarray(0, expected.length), expected)).toBeLessThanOrEqual(most);
    expect(pixels.length).toBe(expected.length + (expected.length % 2));
  });

  it.each([
    ['jpeg-colour-told-by-the-stream/jfif-says-rgb', 'jpeg-colour-told-by-the-stream/jfif-says-rgb-right', 2],
    ['jpeg-colour-told-by-the-stream/adobe0-says-ybr', 'jpeg-colour-told-by-the-stream/adobe0-says-ybr-right', 2],
    ['j2k-subsampled-chroma/ybr422', 'j2k-subsampled-chroma/ybr422-picture-right', 2],
    ['htj2k-colour-without-transform/rgb8', 'htj2k-colour-without-transform/rgb8-right', 0],
    ['xa-biplane-modality-lut/biplane', 'xa-biplane-modality-lut/picture-right', 1],
    ['ybr-full-422-decoded-444/rle', 'ybr-full-422-decoded-444/picture-right', 3],
    ['ybr-full-422-decoded-444/jpeg-lossless', 'ybr-full-422-decoded-444/picture-right', 3],
    ['ybr-full-422-decoded-444/j2k-no-mct', 'ybr-full-422-decoded-444/picture-right', 3],
  ])('%s gives the right picture', async (name, right, most) => {
    const expected = arrayBytes(`${right}.npy`);
    expect(furthest(await picture(`${name}.dcm`), expected)).toBeLessThanOrEqual(most);
  });

  it('describe the conversion correctly', async () => {
    for (const name of ['rle', 'jpeg-lossless', 'j2k-no-mct']) {
      expect((await converted(`ybr-full-422-decoded-444/${name}.dcm`)).text('x00280004'), name).toBe('RGB');
    }
    const seg = await converted('j2k-single-bit-seg/seg.dcm');
    expect(seg.text('x00280100')).toBe('1');
    expect(seg.text('x00280101')).toBe('1');
    expect(seg.text('x00280102')).toBe('0');
  });

  it('show three samples for a pixel as RGB, though they are called YBR_FULL_422', async () => {
    const name = 'native-444-called-422/three-frames.dcm';
    const frames = arrayBytes('native-444-called-422/frames-as-stored.npy');
    const length = frames.length / 3;
    for (const number of [1, 2, 3]) {
      const expected = frames.subarray((number - 1) * length, number * length);
      expect(await frame(name, number)).toEqual(expected);
      expect(furthest(await picture(name, `/frames/${number}/rendered`), expected)).toBeLessThanOrEqual(2);
    }
  });

  it('with an empty frame return the others, and refuse a request for that one before anything is sent', async () => {
    const name = 'empty-frame/empty-second-frame.dcm';
    for (const number of [1, 3]) {
      expect(await frame(name, number)).toEqual(arrayBytes(`empty-frame/frame${number}-right.npy`));
    }
    const list = 'multipart/related; type="application/octet-stream"';
    for (const [path, accept] of [
      ['/frames/2', OCTETS],
      ['/frames/2/rendered', 'image/png'],
      ['/frames/1,2,3', list],
      ['', FILE],
      ['/bulkdata/7FE00010', 'application/octet-stream'],
    ] as const) {
      const response = await get(name, path, accept);
      await response.arrayBuffer();
      expect(response.status, path).toBe(406);
    }
    const thumbnail = await get(name, '/thumbnail', 'image/jpeg');
    expect(thumbnail.status).toBeLessThan(500);
    const asStored = await get(name, '/frames/1,2,3', 'multipart/related; type="image/jls"');
    expect(asStored.status).toBe(200);
    await asStored.arrayBuffer();
  });

  it('keep values whose VR is not a pair of capitals', async () => {
    const values = JSON.parse(caseFile('vr-that-is-no-letters/values-right.json').toString()) as Record<string, string>;
    for (const file of ['vr-dashes', 'vr-lower-case']) {
      const [key, value] = Object.entries(values).find(([name]) => name.startsWith(`${file} `))!;
      const response = await get(`vr-that-is-no-letters/${file}.dcm`, '/metadata', 'application/dicom+json');
      const [metadata] = (await response.json()) as Record<string, { Value?: unknown[] }>[];
      expect(metadata![key.split(' ')[1]!]?.Value, key).toEqual([value]);
    }
  });
});
