import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../src/imaging/frame';
import type { RenderSettings } from '../../../../src/imaging/render/settings';
import { formatOf, pixelsOf, rendered, rowOf } from './build';

function grid(columns: number, rows: number, of: (x: number, y: number) => number): Frame {
  const bytes = Uint8Array.from({ length: columns * rows }, (_, at) => of(at % columns, Math.floor(at / columns)));
  return { format: formatOf(columns, rows), bytes };
}

const SIXTEEN = grid(4, 4, (x, y) => y * 40 + x * 10);

describe('viewport (PS3.18 8.3.5.1.3)', () => {
  it('gets the largest picture that fits with its aspect ratio', async () => {
    const size = async (columns: number, rows: number, width: number, height: number) => {
      const raster = await rendered(
        grid(columns, rows, () => 0),
        {},
        { viewport: { width, height } },
      );
      return [raster.width, raster.height];
    };
    expect(await size(100, 50, 50, 50)).toEqual([50, 25]);
    expect(await size(50, 100, 50, 50)).toEqual([25, 50]);
    expect(await size(10, 5, 64, 64)).toEqual([64, 32]);
    expect(await size(1000, 1, 10, 10)).toEqual([10, 1]);
  });

  it('crops to the source region, and flips it when its size is negative', async () => {
    const source = (x: number, y: number, width: number, height: number) => ({
      viewport: { width: 2, height: 2, source: { x, y, width, height } },
    });
    expect(await pixelsOf(SIXTEEN, {}, source(1, 2, 2, 2))).toEqual([90, 100, 130, 140]);
    expect(await pixelsOf(SIXTEEN, {}, source(1, 2, -2, 2))).toEqual([100, 90, 140, 130]);
    expect(await pixelsOf(SIXTEEN, {}, source(1, 2, 2, -2))).toEqual([130, 140, 90, 100]);
    expect(await pixelsOf(SIXTEEN, {}, source(1, 2, -2, -2))).toEqual([140, 130, 100, 90]);
  });

  it('clips a source region to the image, and refuses one that is outside', async () => {
    const at = (x: number) =>
      rendered(SIXTEEN, {}, { viewport: { width: 9, height: 8, source: { x, y: 0, width: 8, height: 4 } } });
    expect(await at(2)).toMatchObject({ width: 4, height: 8 });
    await expect(at(4)).rejects.toMatchObject({ reason: 'bad-request' });
    await expect(rendered(SIXTEEN, {}, { viewport: { width: 0, height: 8 } })).rejects.toMatchObject({
      reason: 'bad-request',
    });
  });

  it('refuses pictures that memory cannot hold', async () => {
    await expect(rendered(SIXTEEN, {}, { viewport: { width: 9000, height: 9000 } })).rejects.toMatchObject({
      reason: 'bad-request',
    });
  });

  it('refuses images that are too large for a picture, or empty', async () => {
    const huge = { format: formatOf(65535, 65535), bytes: new Uint8Array(100) };
    const viewport = { width: 10, height: 10 };
    await expect(rendered(huge, {}, { viewport })).rejects.toMatchObject({ reason: 'unsupported' });
    const wide = { format: formatOf(65535, 1100), bytes: new Uint8Array(65535 * 1100) };
    await expect(rendered(wide)).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(rendered(wide, {}, { viewport })).resolves.toMatchObject({ width: 10, height: 1 });
  });

  it('shrinks by averaging areas', async () => {
    expect(await pixelsOf(SIXTEEN, {}, { viewport: { width: 2, height: 2 } })).toEqual([25, 45, 105, 125]);
    // Three pixels to two: a pixel and half of the next.
    expect(await pixelsOf(rowOf([0, 90, 240]), {}, { viewport: { width: 2, height: 2 } })).toEqual([30, 190]);
    const colours = rowOf([0, 100, 200, 10, 120, 250], { samplesPerPixel: 3 });
    expect(await pixelsOf(colours, {}, { viewport: { width: 1, height: 1 } })).toEqual([5, 110, 225]);
  });

  it('enlarges by interpolating between pixels', async () => {
    // Centres at -0.25, 0.25, 0.75 and 1.25; the pixels are at 0 and 1.
    const row = await pixelsOf(rowOf([0, 100]), {}, { viewport: { width: 4, height: 9 } });
    expect(row).toEqual([0, 25, 75, 100, 0, 25, 75, 100]);
  });

  it('keeps uniform areas, and the mean when it shrinks by whole numbers', async () => {
    for (const [width, height] of [
      [1, 1],
      [5, 3],
      [7, 40],
      [33, 2],
    ] as const) {
      const pixels = await pixelsOf(
        grid(12, 12, () => 255),
        {},
        { viewport: { width, height } },
      );
      expect(pixels.every((pixel) => pixel === 255)).toBe(true);
    }
    const frame = grid(12, 12, (x, y) => (x * 37 + y * 91) % 256);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const shrunk = await pixelsOf(frame, {}, { viewport: { width: 4, height: 4 } });
    expect(Math.abs(mean(shrunk) - mean([...frame.bytes]))).toBeLessThan(0.5);
  });
});

describe('parts and sizes of WADO-URI (PS3.18 9.1.2.2)', () => {
  it('takes a region in fractions of the image', async () => {
    const region = { left: 0.25, top: 0.5, right: 0.75, bottom: 1 };
    expect(await rendered(SIXTEEN, {}, { region })).toMatchObject({ width: 2, height: 2, pixels: [90, 100, 130, 140] });
    await expect(rendered(SIXTEEN, {}, { region: { ...region, right: 0.25 } })).rejects.toMatchObject({
      reason: 'bad-request',
    });
  });

  it('fits the picture into rows and columns', async () => {
    expect(await rendered(SIXTEEN, {}, { rows: 2 })).toMatchObject({ width: 2, height: 2 });
    expect(await rendered(SIXTEEN, {}, { columns: 3, rows: 8 })).toMatchObject({ width: 3, height: 3 });
  });
});

describe('pixels that are not square', () => {
  const size = async (dataSet: Record<string, unknown>, settings: RenderSettings = {}) => {
    const { width, height } = await rendered(SIXTEEN, dataSet, settings);
    return [width, height];
  };

  it('keep their number without a viewport', async () => {
    expect(await size({ '00280034': [2, 1] })).toEqual([4, 4]);
  });

  it('become square in a viewport, without distortion', async () => {
    const viewport = { width: 16, height: 16 };
    expect(await size({ '00280034': [2, 1] }, { viewport })).toEqual([8, 16]);
    expect(await size({ '00280034': ['1', '2'] }, { viewport })).toEqual([16, 8]);
    expect(await size({ '00280030': [0.5, 0.25] }, { viewport })).toEqual([8, 16]);
    expect(await size({ '00280030': [0.5, 0.499] }, { viewport })).toEqual([16, 16]);
    expect(await size({ '00280030': [0, 3], '00181164': [3, 4] }, { viewport })).toEqual([16, 12]);
  });
});
