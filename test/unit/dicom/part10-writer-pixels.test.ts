import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { chunksOf, part10File } from '../../../src/dicom/part10/part10-writer';
import { concat, element, encapsulated, item, JPEG, latin1, RLE, u16, u32 } from './build';
import { source, written } from './written';
import { H264, instance, unread } from './written-instance';

describe('native pixel data', () => {
  it.each([
    ['OB', 8, 'OB'],
    ['OB', 1, 'OB'],
    ['OB', 16, 'OW'],
    ['OW', 8, 'OW'],
    ['UN', 16, 'OW'],
  ])('declared as %s with %d bits is %s', async (vr, bits, expected) => {
    const bytes = await written(
      instance({ '00280100': { vr: 'US', Value: [bits] }, '7FE00010': { vr, InlineBinary: 'AQI=' } }),
    );
    const pixels = element(0x7fe00010, expected, Uint8Array.of(1, 2));
    expect(bytes.subarray(bytes.length - pixels.length)).toEqual(pixels);
  });
});

describe('encapsulated pixel data', () => {
  const pixels: DicomJson = { '7FE00010': { vr: 'OW', BulkDataURI: 'x' } };
  const frames = (count: number): DicomJson => ({ '00280008': { vr: 'IS', Value: [count] } });

  it('has one even-length fragment for each frame, with the Basic Offset Table', async () => {
    const expected = encapsulated(
      [0, 14],
      ['abcdef', 'gh\0\0'].map((each) => latin1(each)),
    );
    const bytes = await written(instance({ ...pixels, ...frames(2) }), {
      transferSyntaxUID: JPEG,
      bulk: () => ['abcdef', 'gh\0'].map((each) => source(latin1(each))),
    });
    expect(bytes.subarray(bytes.length - expected.length)).toEqual(expected);
  });

  it('in base64 is one frame', async () => {
    const bytes = await written(instance({ '7FE00010': { vr: 'OB', InlineBinary: 'AQID' } }), {
      transferSyntaxUID: RLE,
    });
    const expected = encapsulated([0], [Uint8Array.of(1, 2, 3, 0)]);
    expect(bytes.subarray(bytes.length - expected.length)).toEqual(expected);
  });

  it('that is a video, or does not have one piece for each frame, has an empty table', async () => {
    const video = encapsulated([], [latin1('ftyp')]);
    const film = await written(instance({ ...pixels, ...frames(300) }), {
      transferSyntaxUID: H264,
      bulk: () => [source(latin1('ftyp'))],
    });
    expect(film.subarray(film.length - video.length)).toEqual(video);
    const two = encapsulated([], [latin1('ab'), latin1('cd')]);
    const odd = await written(instance({ ...pixels, ...frames(3) }), {
      transferSyntaxUID: JPEG,
      bulk: () => [source(latin1('ab')), source(latin1('cd'))],
    });
    expect(odd.subarray(odd.length - two.length)).toEqual(two);
  });

  it('that is empty is an empty element', async () => {
    const bytes = await written(instance({ '7FE00010': { vr: 'OB' } }), { transferSyntaxUID: JPEG });
    const expected = element(0x7fe00010, 'OW', '');
    expect(bytes.subarray(bytes.length - expected.length)).toEqual(expected);
  });

  it('past 32 bits has an Extended Offset Table, and drops that of another file', async () => {
    const length = 0x7ffffffe;
    const dataSet = instance({ ...pixels, ...frames(4), '7FE00001': { vr: 'OV', InlineBinary: 'AAAAAAAAAAA=' } });
    const file = part10File(dataSet, {
      transferSyntaxUID: JPEG,
      bulk: () => [unread(length), unread(length), unread(length), source(latin1('ab'))],
    });
    const table = (...numbers: readonly number[]) =>
      u32(numbers.flatMap((number) => [number % 2 ** 32, Math.floor(number / 2 ** 32)]));
    const step = length + 8;
    const expected = concat(
      element(0x7fe00001, 'OV', table(0, step, 2 * step, 3 * step)),
      element(0x7fe00002, 'OV', table(length, length, length, 2)),
      element(0x7fe00010, 'OB', new Uint8Array(0), { length: 0xffffffff }),
      item(new Uint8Array(0)),
      u16([0xfffe, 0xe000]),
      u32([length]),
    );
    const { value } = await chunksOf(file.parts)[Symbol.asyncIterator]().next();
    expect(value.subarray(value.length - expected.length)).toEqual(expected);
    expect(file.length).toBe(value.length + 3 * length + 3 * 8 + 2 + 8);
  });

  it('in an item is native', async () => {
    const icon: DicomJson = { '00880200': { vr: 'SQ', Value: [{ '7FE00010': { vr: 'OW', InlineBinary: 'AQI=' } }] } };
    const bytes = await written(instance(icon), { transferSyntaxUID: JPEG });
    const expected = element(0x00880200, 'SQ', item(element(0x7fe00010, 'OW', Uint8Array.of(1, 2))));
    expect(bytes.subarray(bytes.length - expected.length)).toEqual(expected);
  });
});
