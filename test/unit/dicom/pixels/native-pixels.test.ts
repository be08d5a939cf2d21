import { describe, expect, it } from 'vitest';
import {
  attribute,
  bigEndian,
  bigEndianFile,
  concat,
  element,
  file,
  image,
  implicitFile,
  implicitVR,
  item,
  read,
} from '../build';

describe('native pixel data (PS3.5 8.1)', () => {
  it('is described by the image attributes and is also bulk data', () => {
    const value = Uint8Array.from({ length: 48 }, (_, index) => index);
    const bytes = file(...image({ frames: '3', bits: 16 }), element(0x7fe00010, 'OW', value));
    const parsed = read(bytes);
    const { pixels } = parsed.layout;
    expect(pixels).toEqual({
      kind: 'native',
      offset: bytes.length - 48,
      length: 48,
      frames: 3,
      bitsPerFrame: 128,
      word: 1,
    });
    expect(parsed.layout.bulk).toEqual([['7FE00010', bytes.length - 48, 48, 1]]);
    expect(attribute(parsed, '7FE00010')).toEqual({
      vr: 'OW',
      BulkDataURI: expect.stringMatching(/\/bulkdata\/7FE00010$/),
    });
    expect(parsed.warnings).toEqual([]);
  });

  it('packs bits across frame boundaries', () => {
    const parsed = read(file(...image({ frames: '3', bits: 1 }), element(0x7fe00010, 'OB', new Uint8Array(4))));
    expect(parsed.layout.pixels).toMatchObject({ frames: 3, bitsPerFrame: 8 });
    expect(parsed.warnings).toEqual([]);
  });

  it.each([
    ['YBR_FULL_422', 16, 128],
    ['YBR_PARTIAL_422', 16, 128],
    ['YBR_FULL_422', 24, 192],
    ['RGB', 24, 192],
  ])('%s with %i bytes has %i bits per frame', (photometric, length, bitsPerFrame) => {
    const parsed = read(file(...image({ samples: 3, photometric }), element(0x7fe00010, 'OB', new Uint8Array(length))));
    expect(parsed.layout.pixels).toMatchObject({ bitsPerFrame });
    expect(parsed.warnings).toEqual([]);
  });

  it.each<[string, number, number]>([
    ['OW', 8, 2],
    ['OB', 8, 1],
    ['OW', 16, 2],
    ['OB', 16, 2],
    ['OW', 32, 4],
    ['OB', 1, 1],
  ])('big-endian %s of %i bits is reversed in words of %i bytes', (vr, bits, word) => {
    const parsed = read(
      bigEndianFile(...image({ bits, form: bigEndian }), element(0x7fe00010, vr, new Uint8Array(bits), bigEndian)),
    );
    expect(parsed.layout.pixels).toMatchObject({ word, bitsPerFrame: bits * 8 });
    expect(parsed.layout.bulk![0]![3]).toBe(word);
  });

  it.each<[number, string, number]>([
    [0x7fe00008, 'OF', 32],
    [0x7fe00009, 'OD', 64],
  ])('%i: float pixels', (tag, vr, bits) => {
    const parsed = read(file(...image({ bits }), element(tag, vr, new Uint8Array(bits))), { maxInlineBytes: 4096 });
    expect(parsed.layout.pixels).toMatchObject({ kind: 'native', bitsPerFrame: bits * 8, frames: 1 });
    expect(parsed.layout.bulk).toHaveLength(1);
  });

  it('shorter than the attributes say: gives a warning and keeps the layout', () => {
    const parsed = read(file(...image({ frames: '3' }), element(0x7fe00010, 'OB', new Uint8Array(8))));
    expect(parsed.layout.pixels).toMatchObject({ frames: 3, length: 8, bitsPerFrame: 64 });
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'short-pixel-data' }]);
  });

  it('an invalid number of frames: uses the number that the value holds', () => {
    const parsed = read(file(...image({ frames: '1A' }), element(0x7fe00010, 'OB', new Uint8Array(16))));
    expect(parsed.layout.pixels).toMatchObject({ frames: 2 });
    expect(parsed.warnings).toEqual([{ tag: '00280008', reason: 'invalid-value' }]);
  });

  it('without image attributes it is only bulk data', () => {
    const parsed = read(file(element(0x7fe00010, 'OB', new Uint8Array(16))));
    expect(parsed.layout.pixels).toBeUndefined();
    expect(parsed.layout.bulk).toHaveLength(1);
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'image-attributes' }]);
  });

  it('an empty value has no layout', () => {
    const parsed = read(file(...image(), element(0x7fe00010, 'OB', new Uint8Array(0))));
    expect(parsed.layout).toEqual({ object: 'dcm' });
    expect(attribute(parsed, '7FE00010')).toEqual({ vr: 'OB' });
  });

  it('it is OW in implicit VR', () => {
    const parsed = read(
      implicitFile(...image({ form: implicitVR }), element(0x7fe00010, 'OW', new Uint8Array(8), implicitVR)),
    );
    expect(attribute(parsed, '7FE00010')).toMatchObject({ vr: 'OW' });
  });

  it('in an icon it is an ordinary value', () => {
    const icon = item(concat(...image(), element(0x7fe00010, 'OB', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))));
    const parsed = read(file(element(0x00880200, 'SQ', icon)));
    expect(parsed.layout).toEqual({ object: 'dcm' });
    expect(attribute(parsed, '00880200')).toMatchObject({
      Value: [{ '7FE00010': { vr: 'OB', InlineBinary: 'AQIDBAUGBwg=' } }],
    });
  });
});
