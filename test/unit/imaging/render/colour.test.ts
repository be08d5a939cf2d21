import { describe, expect, it } from 'vitest';
import type { ImageFormat } from '../../../../src/imaging/frame';
import { formatOf, pixelsOf, rendered, rowOf, words } from './build';

function colours(values: readonly number[], photometricInterpretation: string, options: Partial<ImageFormat> = {}) {
  return rowOf(values, { samplesPerPixel: 3, photometricInterpretation, ...options });
}

const PALETTE = { photometricInterpretation: 'PALETTE COLOR' };

function palette(descriptor: number[], red: unknown, green: unknown, blue: unknown) {
  return {
    '00281101': descriptor,
    '00281102': descriptor,
    '00281103': descriptor,
    '00281201': red,
    '00281202': green,
    '00281203': blue,
  };
}

describe('colour frames (PS3.3 C.7.6.3.1.2)', () => {
  it('of RGB are shown unchanged, without a copy', async () => {
    const frame = colours([1, 2, 3, 250, 251, 252], 'RGB');
    const raster = await rendered(frame);
    expect(raster).toMatchObject({ width: 2, height: 1, samples: 3, pixels: [1, 2, 3, 250, 251, 252] });
    expect(raster.bytes.buffer).toBe(frame.bytes.buffer);
  });

  it('may have their samples in planes (C.7.6.3.1.3)', async () => {
    const frame = { format: formatOf(2, 2, { samplesPerPixel: 3, planarConfiguration: 1 }), bytes: new Uint8Array(12) };
    frame.bytes.set([1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24]);
    expect(await pixelsOf(frame)).toEqual([1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24]);
  });

  it('of more or fewer than 8 bits are scaled', async () => {
    expect(await pixelsOf(colours([0, 0x8000, 0xffff], 'RGB', { bitsAllocated: 16 }))).toEqual([0, 128, 255]);
    expect(await pixelsOf(colours([0, 1, 0xffffffff], 'RGB', { bitsAllocated: 32 }))).toEqual([0, 0, 255]);
    expect(await pixelsOf(colours([0, 1, 3], 'RGB', { bitsStored: 2 }))).toEqual([0, 85, 255]);
  });

  it('of YBR_FULL give grey without chrominance, and the exact primaries', async () => {
    // Y = 0.299 R + 0.587 G + 0.114 B, Cb = -0.1687 R - 0.3313 G + 0.5 B + 128, Cr = 0.5 R - 0.4187 G - 0.0813 B + 128
    const frame = colours([90, 128, 128, 76, 85, 255, 150, 44, 21, 29, 255, 107], 'YBR_FULL');
    const pixels = await pixelsOf(frame);
    expect(pixels.slice(0, 3)).toEqual([90, 90, 90]);
    const primaries = [255, 0, 0, 0, 255, 0, 0, 0, 255];
    pixels.slice(3).forEach((sample, at) => {
      expect(Math.abs(sample - primaries[at]!)).toBeLessThanOrEqual(2);
    });
    expect(await pixelsOf({ ...frame, format: { ...frame.format, photometricInterpretation: 'YBR_ICT' } })).toEqual(
      pixels,
    );
  });

  it('of YBR_FULL_422 share chrominance between two pixels, also across the ends of rows', async () => {
    const format = formatOf(3, 2, { samplesPerPixel: 3, photometricInterpretation: 'YBR_FULL_422' });
    // Pairs of Y, Y, Cb, Cr: the second pair is the end of the first row and the beginning of the second.
    const bytes = Uint8Array.of(10, 20, 128, 128, 100, 110, 128, 228, 30, 40, 128, 128);
    const pixels = await pixelsOf({ format, bytes });
    expect(pixels.slice(0, 6)).toEqual([10, 10, 10, 20, 20, 20]);
    // 1.402 * 100 = 140.2; 0.714 * 100 = 71.4
    expect(pixels.slice(6, 12)).toEqual([240, 29, 100, 250, 39, 110]);
    expect(pixels.slice(12)).toEqual([30, 30, 30, 40, 40, 40]);
  });

  it('that are named YBR_FULL_422 and keep all samples are YBR_FULL', async () => {
    expect(await pixelsOf(colours([10, 128, 128, 20, 128, 128], 'YBR_FULL_422'))).toEqual([10, 10, 10, 20, 20, 20]);
  });

  it('of YBR_PARTIAL_422 have black at 16 and white at 235', async () => {
    const format = formatOf(4, 1, { samplesPerPixel: 3, photometricInterpretation: 'YBR_PARTIAL_422' });
    const bytes = Uint8Array.of(16, 235, 128, 128, 81, 81, 90, 240);
    // Red: Y = 0.257 * 255 + 16, Cb = -0.148 * 255 + 128, Cr = 0.439 * 255 + 128.
    expect(await pixelsOf({ format, bytes })).toEqual([0, 0, 0, 255, 255, 255, 254, 0, 0, 254, 0, 0]);
  });

  it('of YBR_RCT are converted exactly', async () => {
    // R 30, G 40, B 61: Y = (30 + 80 + 61) >> 2 = 42, Cb = B - G = 21, Cr = R - G = -10.
    expect(await pixelsOf(colours([42, 21 + 128, -10 + 128], 'YBR_RCT'))).toEqual([30, 40, 61]);
  });

  it('of unknown colour spaces are refused, and so are pixels of two samples', async () => {
    await expect(pixelsOf(colours([1, 2, 3], 'HSV'))).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(pixelsOf(rowOf([1, 2], { samplesPerPixel: 2 }))).rejects.toMatchObject({ reason: 'unsupported' });
  });

  it('decoded as RGB are RGB, whatever the data set says', async () => {
    expect(await pixelsOf(colours([9, 8, 7], 'RGB'), { '00280004': 'YBR_RCT' })).toEqual([9, 8, 7]);
  });
});

describe('palettes (PS3.3 C.7.6.3.1.5, C.7.9)', () => {
  it('of 16-bit entries start at their first value, and repeat the entries at both ends', async () => {
    const dataSet = palette([3, 10, 16], words(0x0100, 0x8000, 0xffff), words(0, 0x7f00, 1), words(5, 0x100, 0x1234));
    const expected = [1, 0, 0, 1, 0, 0, 128, 127, 1, 255, 0, 18, 255, 0, 18];
    expect(await pixelsOf(rowOf([0, 10, 11, 12, 200], PALETTE), dataSet)).toEqual(expected);
  });

  it('of 8-bit entries may have two entries in a word, or one', async () => {
    const packed = palette([3, 0, 8], Uint8Array.of(1, 2, 3, 0), Uint8Array.of(4, 5, 6, 0), Uint8Array.of(7, 8, 9, 0));
    expect(await pixelsOf(rowOf([0, 1, 2], PALETTE), packed)).toEqual([1, 4, 7, 2, 5, 8, 3, 6, 9]);
    const loose = palette([3, 0, 8], words(1, 2, 3), words(4, 5, 6), words(7, 8, 9));
    expect(await pixelsOf(rowOf([0, 1, 2], PALETTE), loose)).toEqual([1, 4, 7, 2, 5, 8, 3, 6, 9]);
  });

  it('that declare 16 bits but use only 8 count as 8 bits', async () => {
    const dataSet = palette([2, 0, 16], words(255, 1), words(0, 0), words(0, 128));
    expect(await pixelsOf(rowOf([0, 1], PALETTE), dataSet)).toEqual([255, 0, 0, 1, 0, 128]);
  });

  it('may have discrete, linear and indirect segments (C.7.9.2)', async () => {
    // Two times 0, then four steps to 0x4000, then both segments again from byte 0.
    const segments = words(0, 2, 0x0100, 0x0200, 1, 4, 0x4200, 2, 2, 0, 0);
    const descriptor = [12, 0, 16];
    const dataSet = {
      '00281101': descriptor,
      '00281102': descriptor,
      '00281103': descriptor,
      '00281221': segments,
      '00281222': segments,
      '00281223': segments,
    };
    const values = Array.from({ length: 12 }, (_, at) => at);
    const reds = (await pixelsOf(rowOf(values, PALETTE), dataSet)).filter((_, at) => at % 3 === 0);
    expect(reds).toEqual([1, 2, 18, 34, 50, 66, 1, 2, 18, 34, 50, 66]);
  });

  it('with segments that refer to themselves end', async () => {
    const loop = words(2, 0xffff, 0, 0);
    const dataSet = { ...palette([4, 0, 16], words(1), words(1), words(1)), '00281221': loop };
    delete (dataSet as Record<string, unknown>)['00281201'];
    // No palette is left, so the indices are shown as grey.
    expect(await pixelsOf(rowOf([0, 255], PALETTE), dataSet)).toEqual([0, 255]);
  });

  it('show values below the first entry in grey when they supplement (C.7.6.19)', async () => {
    const dataSet = {
      '00089205': 'COLOR',
      ...palette([2, 200, 16], words(0xff00, 0), words(0, 0xff00), words(0, 0)),
      '00281050': 100,
      '00281051': 200,
    };
    const frame = rowOf([0, 199, 200, 201, 255], { bitsAllocated: 16 });
    expect(await pixelsOf(frame, dataSet)).toEqual([0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 255, 0]);
    expect(await pixelsOf(frame, { ...dataSet, '00089205': 'MONOCHROME' })).toEqual([0, 255, 255, 255, 255]);
  });
});
