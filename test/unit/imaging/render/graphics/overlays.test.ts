import { describe, expect, it } from 'vitest';
import { formatOf, pixelsOf, rowOf } from '../build';

const plane = (rows: number, columns: number, bits: number[], more: Record<string, unknown> = {}) => ({
  '60020010': rows,
  '60020011': columns,
  '60020040': 'G',
  '60020100': 1,
  '60020102': 0,
  '60023000': Uint8Array.from(bits),
  ...more,
});

const FRAME = { format: formatOf(4, 2), bytes: new Uint8Array(8).fill(10) };

describe('overlay planes (PS3.3 C.9.2)', () => {
  it('are drawn in white from their origin, with bits packed across the ends of rows', async () => {
    // Two rows of three: 1 0 1 and 1 1 0.
    const overlay = plane(2, 3, [0b011101], { '60020050': [1, 2] });
    expect(await pixelsOf(FRAME, overlay)).toEqual([10, 255, 10, 255, 10, 255, 255, 10]);
  });

  it('may begin before the image and end beyond it', async () => {
    expect(await pixelsOf(FRAME, plane(3, 3, [0xff, 1], { '60020050': [0, -1] }))).toEqual([
      255, 10, 10, 10, 255, 10, 10, 10,
    ]);
    expect(await pixelsOf(FRAME, plane(9, 9, new Array(11).fill(255), { '60020050': [2, 4] }))).toEqual([
      10, 10, 10, 10, 10, 10, 10, 255,
    ]);
  });

  it('of regions of interest are not drawn', async () => {
    expect(await pixelsOf(FRAME, plane(2, 4, [0xff], { '60020040': 'R' }))).toEqual(new Array(8).fill(10));
  });

  it('may be in the unused bits of the pixels (retired)', async () => {
    const frame = rowOf([0x1010, 0x0010, 0x8fff, 0x9000], { bitsAllocated: 16, bitsStored: 12 });
    const overlay = { '60000010': 1, '60000011': 4, '60000100': 16, '60000102': 12 };
    const window = { '00281050': 128, '00281051': 256 };
    expect(await pixelsOf(frame, { ...overlay, ...window })).toEqual([255, 16, 255, 255]);
    expect(await pixelsOf(frame, window)).toEqual([16, 16, 255, 0]);
    // There is no overlay when the bit belongs to the pixel.
    const plain = rowOf([16, 17, 18, 19], { bitsAllocated: 16, bitsStored: 16 });
    expect(await pixelsOf(plain, { ...overlay, ...window })).toEqual([16, 17, 18, 19]);
  });

  it('of several frames each cover their own frame, from Image Frame Origin on', async () => {
    // Frames of 1 x 4: 1000, 0100.
    const overlay = plane(1, 4, [0b0010_0001], { '60020015': 2, '60020051': 2 });
    const frame = rowOf([0, 0, 0, 0]);
    const shown = [1, 2, 3, 4].map((number) => pixelsOf(frame, overlay, {}, number));
    expect(await Promise.all(shown)).toEqual([
      [0, 0, 0, 0],
      [255, 0, 0, 0],
      [0, 255, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('of one frame cover all frames, or the one that they name', async () => {
    const frame = rowOf([0, 0]);
    const shown = (overlay: Record<string, unknown>) =>
      Promise.all([1, 2].map((number) => pixelsOf(frame, overlay, {}, number)));
    expect(await shown(plane(1, 2, [1]))).toEqual([
      [255, 0],
      [255, 0],
    ]);
    expect(await shown(plane(1, 2, [1], { '60020051': 2 }))).toEqual([
      [0, 0],
      [255, 0],
    ]);
  });

  it('that need too much memory are refused', async () => {
    const long = plane(4096, 4096, [1], { '60020015': 9 });
    await expect(pixelsOf(FRAME, long)).rejects.toMatchObject({ reason: 'unsupported' });
  });

  it('cover colours too', async () => {
    const frame = rowOf([1, 2, 3, 4, 5, 6], { samplesPerPixel: 3 });
    expect(await pixelsOf(frame, plane(1, 2, [0b10]))).toEqual([1, 2, 3, 255, 255, 255]);
  });
});
