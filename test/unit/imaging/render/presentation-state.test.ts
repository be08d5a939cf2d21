import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../../src/dicom/json/json-model';
import { attributes, formatOf, pixelsOf, rendered, rowOf, words } from './build';

const INSTANCE = '1.2.3';
const IMAGE = { '00080018': INSTANCE };
const ROW = rowOf([0, 50, 100, 200]);

const references = (uid: string, frames: number[] = []) => [
  attributes({ '00081155': uid, ...(frames.length > 0 && { '00081160': frames }) }),
];
const items = (...values: Record<string, unknown>[]) => values.map((value) => attributes(value));

function presented(state: Record<string, unknown>, image: Record<string, unknown> = {}, frameNumber = 1) {
  return pixelsOf(ROW, { ...IMAGE, ...image }, { presentation: attributes(state) }, frameNumber);
}

describe('grayscale transformations of a presentation state (PS3.4 N.2.1)', () => {
  it("stand in the place of the image's own", async () => {
    const image = { '00281050': 50, '00281051': 1, '00281053': 7, '00281052': 1, '20500020': 'INVERSE' };
    expect(await presented({}, image)).toEqual([0, 50, 100, 200]);
    expect(await presented({ '00281053': 2, '00281052': 0 }, image)).toEqual([0, 50, 100, 200]);
    const voi = items({ '00281050': 100, '00281051': 200, '00281056': 'LINEAR_EXACT' });
    expect(await presented({ '00281053': 2, '00281052': 0, '00283110': voi }, image)).toEqual([0, 128, 255, 255]);
  });

  it('ignore the photometric interpretation (N.2.1.4)', async () => {
    const frame = rowOf([0, 50, 255], { photometricInterpretation: 'MONOCHROME1' });
    const shown = (state: Record<string, unknown>) => pixelsOf(frame, IMAGE, { presentation: attributes(state) });
    expect(await shown({})).toEqual([0, 50, 255]);
    expect(await shown({ '20500020': 'INVERSE' })).toEqual([255, 205, 0]);
  });

  it('take the Softcopy VOI LUT that refers to the image and its frame (C.11.8)', async () => {
    const step = (center: number) => ({ '00281050': center, '00281051': 1 });
    const voi = items(
      { ...step(10), '00081140': references('9.9') },
      { ...step(60), '00081140': references(INSTANCE, [2, 3]) },
      { ...step(150), '00081140': references(INSTANCE) },
    );
    expect(await presented({ '00283110': voi })).toEqual([0, 0, 0, 255]);
    expect(await presented({ '00283110': voi }, {}, 3)).toEqual([0, 0, 255, 255]);
  });

  it('use VOI tables and presentation tables (C.11.6)', async () => {
    const voi = items({ '00283010': items({ '00283002': [3, 49, 8], '00283006': words(0, 102, 204) }) });
    expect(await presented({ '00283110': voi })).toEqual([0, 102, 204, 204]);
    const presentation = items({ '00283002': [6, 0, 10], '00283006': [1023, 0, 0, 0, 0, 1023] });
    // Outputs 0, 51, 102 and so on select entries 0, 1, 2 and so on: 204 of 255 is the fifth entry.
    expect(await presented({ '00283110': voi, '20500010': presentation })).toEqual([255, 0, 0, 0]);
    expect(await presented({ '20500010': presentation })).toEqual([255, 0, 0, 0]);
  });

  it('are refused for an image that the state does not refer to', async () => {
    const series = (uid: string) => ({ '00081115': items({ '00081140': references(uid) }) });
    await expect(presented(series('9.9'))).rejects.toMatchObject({ reason: 'bad-request' });
    await expect(presented(series(INSTANCE))).resolves.toEqual([0, 50, 100, 200]);
  });
});

/** Six pixels: 1 2 3 above 4 5 6. */
const SIX = { format: formatOf(3, 2), bytes: Uint8Array.of(1, 2, 3, 4, 5, 6) };

async function six(state: Record<string, unknown>) {
  const { width, height, pixels } = await rendered(SIX, IMAGE, { presentation: attributes(state) });
  return Array.from({ length: height }, (_, y) => pixels.slice(y * width, (y + 1) * width).join(' '));
}

describe('spatial transformation and displayed area (PS3.3 C.10.6, C.10.4)', () => {
  it('rotates clockwise, then flips', async () => {
    const turned = (rotation: number, flip: string) => six({ '00700042': rotation, '00700041': flip });
    expect(await turned(0, 'N')).toEqual(['1 2 3', '4 5 6']);
    expect(await turned(90, 'N')).toEqual(['4 1', '5 2', '6 3']);
    expect(await turned(180, 'N')).toEqual(['6 5 4', '3 2 1']);
    expect(await turned(270, 'N')).toEqual(['3 6', '2 5', '1 4']);
    expect(await turned(0, 'Y')).toEqual(['3 2 1', '6 5 4']);
    expect(await turned(90, 'Y')).toEqual(['1 4', '2 5', '3 6']);
    expect(await turned(180, 'Y')).toEqual(['4 5 6', '1 2 3']);
    expect(await turned(270, 'Y')).toEqual(['6 3', '5 2', '4 1']);
  });

  it('crops to the area between its corners, whichever comes first', async () => {
    const area = (from: number[], to: number[]) => ({ '0070005A': items({ '00700052': from, '00700053': to }) });
    expect(await six(area([2, 1], [3, 1]))).toEqual(['2 3']);
    expect(await six({ ...area([3, 2], [2, 2]), '00700042': 180 })).toEqual(['6 5']);
    expect(await six({ ...area([2, 2], [3, 1]), '00700042': 90 })).toEqual(['5 2', '6 3']);
  });

  it('shows nothing beyond the image', async () => {
    const area = { '0070005A': items({ '00700052': [0, 2], '00700053': [2, 3] }) };
    expect(await six(area)).toEqual(['0 4 5', '0 0 0']);
  });

  it('fits a rotated picture into the viewport', async () => {
    const presentation = attributes({ '00700042': 90 });
    const raster = await rendered(SIX, IMAGE, { presentation, viewport: { width: 20, height: 30 } });
    expect([raster.width, raster.height]).toEqual([20, 30]);
  });

  it('uses the aspect ratio of the presentation', async () => {
    const presentation = attributes({ '0070005A': items({ '00700102': [2, 1] }) });
    const raster = await rendered(SIX, IMAGE, { presentation, viewport: { width: 30, height: 40 } });
    expect([raster.width, raster.height]).toEqual([30, 40]);
    expect(await rendered(SIX, IMAGE, { presentation })).toMatchObject({ width: 3, height: 2 });
  });

  it('magnifies on request, and then shows the part that fits the viewport (PS3.18 9.5.2.3)', async () => {
    const presentation = attributes({ '0070005A': items({ '00700100': 'MAGNIFY', '00700103': 2 }) });
    expect(await rendered(SIX, IMAGE, { presentation })).toMatchObject({ width: 6, height: 4 });
    const viewport = { width: 2, height: 9 };
    expect(await rendered(SIX, IMAGE, { presentation, viewport })).toMatchObject({
      width: 2,
      height: 4,
      pixels: [2, 2, 3, 3, 4, 4, 5, 5],
    });
  });

  it('applies before a region of the request (PS3.18 9.5.2)', async () => {
    const part = async (state: Record<string, unknown>, left: number, right: number) => {
      const region = { left, top: 0, right, bottom: 1 };
      return (await rendered(SIX, IMAGE, { presentation: attributes(state), region })).pixels;
    };
    expect(await part({}, 0, 1 / 3)).toEqual([1, 4]);
    expect(await part({ '00700041': 'Y' }, 0, 1 / 3)).toEqual([3, 6]);
    // Rotated clockwise: 4 1, 5 2, 6 3.
    expect(await part({ '00700042': 90 }, 0, 0.5)).toEqual([4, 5, 6]);
    const area = { '0070005A': items({ '00700052': [2, 1], '00700053': [3, 2] }) };
    expect(await part(area, 0.5, 1)).toEqual([3, 6]);
  });
});

/** A picture of 7 x 7 pixels of value 9, as text: `#` where it is not hidden. */
async function shutter(state: Record<string, unknown>, hidden = 0) {
  const frame = { format: formatOf(7, 7), bytes: new Uint8Array(49).fill(9) };
  const { pixels } = await rendered(frame, IMAGE, { presentation: attributes(state) });
  expect(pixels.every((pixel) => pixel === 9 || pixel === hidden)).toBe(true);
  return Array.from({ length: 7 }, (_, y) =>
    pixels
      .slice(y * 7, y * 7 + 7)
      .map((pixel) => (pixel === 9 ? '#' : '.'))
      .join(''),
  );
}

const RECTANGLE = { '00181600': 'RECTANGULAR', '00181602': 2, '00181604': 6, '00181606': 3, '00181608': 4 };

describe('display shutters (PS3.3 C.7.6.11)', () => {
  it('rectangular, inside its edges', async () => {
    const rows = ['.......', '.......', '.#####.', '.#####.', '.......', '.......', '.......'];
    expect(await shutter(RECTANGLE)).toEqual(rows);
    expect(await shutter({ ...RECTANGLE, '00181622': 0xab12 }, 0xab)).toEqual(rows);
  });

  it('circular, from its centre row and column', async () => {
    expect(await shutter({ '00181600': 'CIRCULAR', '00181610': [4, 3], '00181612': 2 })).toEqual([
      '.......',
      '..#....',
      '.###...',
      '#####..',
      '.###...',
      '..#....',
      '.......',
    ]);
  });

  it('polygonal, by rows and columns of its corners', async () => {
    expect(await shutter({ '00181600': 'POLYGONAL', '00181620': [1, 4, 4, 1, 7, 4, 4, 7] })).toEqual([
      '...#...',
      '..###..',
      '.#####.',
      '#######',
      '.#####.',
      '..###..',
      '.......',
    ]);
  });

  it('several together show only what each of them shows', async () => {
    const both = { ...RECTANGLE, '00181600': ['RECTANGULAR', 'CIRCULAR'], '00181610': [4, 3], '00181612': 2 };
    expect((await shutter(both)).slice(2, 4)).toEqual(['.###...', '.####..']);
  });

  it('of bitmaps, where their bits are set', async () => {
    const state = {
      '00181600': 'BITMAP',
      '00181623': 0x6000,
      '60000010': 1,
      '60000011': 3,
      '60000050': [2, 2],
      '60003000': Uint8Array.of(0b101),
    };
    expect((await shutter(state))[1]).toBe('#.#.###');
  });

  it('of the image itself, when no state is applied', async () => {
    const frame = { format: formatOf(3, 1), bytes: Uint8Array.of(9, 9, 9) };
    const own = { '00181600': 'RECTANGULAR', '00181602': 2, '00181604': 2 };
    expect(await pixelsOf(frame, own)).toEqual([0, 9, 0]);
    expect(await pixelsOf(frame, own, { presentation: attributes({}) })).toEqual([9, 9, 9]);
  });
});

/** Draws on a black picture of 9 x 9 pixels: `#` where it is white. */
async function drawn(objects: Record<string, unknown>, state: Record<string, unknown> = {}, frameNumber = 1) {
  const frame = { format: formatOf(9, 9), bytes: new Uint8Array(81) };
  const presentation: DicomJson = attributes({ '00700001': items(objects), ...state });
  const { pixels } = await rendered(frame, IMAGE, { presentation }, frameNumber);
  return Array.from({ length: 9 }, (_, y) =>
    pixels
      .slice(y * 9, y * 9 + 9)
      .map((pixel) => (pixel === 255 ? '#' : '.'))
      .join(''),
  );
}

const graphic = (type: string, data: unknown, units = 'PIXEL') => ({
  '00700009': items({ '00700005': units, '00700023': type, '00700022': data }),
});

describe('graphic annotations (PS3.3 C.10.5)', () => {
  it('draw lines through points of the image', async () => {
    const lines = await drawn(graphic('POLYLINE', [1.5, 1.5, 7.5, 1.5, 7.5, 3.5]));
    expect(lines.slice(0, 5)).toEqual(['.........', '.#######.', '.......#.', '.......#.', '.........']);
  });

  it('follow the image when it is rotated', async () => {
    const lines = await drawn(graphic('POLYLINE', [1.5, 1.5, 7.5, 1.5]), { '00700042': 90 });
    expect(lines.map((line) => line[7]).join('')).toBe('.#######.');
  });

  it('show points as crosses, and do not move points in fractions of the picture', async () => {
    const lines = await drawn(graphic('POINT', [0.5, 0.5], 'DISPLAY'), { '00700042': 180 });
    expect(lines[4]).toBe('.#######.');
    expect(lines.map((line) => line[4]).join('')).toBe('.#######.');
  });

  it('close circles and ellipses', async () => {
    const circle = await drawn(graphic('CIRCLE', [4.5, 4.5, 7.5, 4.5]));
    expect([circle[1]![4], circle[7]![4], circle[4]![1], circle[4]![7], circle[4]![4]]).toEqual([
      '#',
      '#',
      '#',
      '#',
      '.',
    ]);
    const ellipse = await drawn(graphic('ELLIPSE', [1.5, 4.5, 7.5, 4.5, 4.5, 2.5, 4.5, 6.5]));
    expect([ellipse[2]![4], ellipse[6]![4], ellipse[4]![1], ellipse[4]![7], ellipse[1]![4]]).toEqual([
      '#',
      '#',
      '#',
      '#',
      '.',
    ]);
  });

  it('draw curves through their points', async () => {
    const lines = await drawn(graphic('INTERPOLATED', [0.5, 8.5, 4.5, 2.5, 8.5, 8.5]));
    expect([lines[8]![0], lines[2]![4], lines[8]![8]]).toEqual(['#', '#', '#']);
  });

  it('may have points as bulk data', async () => {
    const bytes = new Uint8Array(Float32Array.of(1.5, 1.5, 7.5, 1.5).buffer);
    expect((await drawn(graphic('POLYLINE', bytes)))[1]).toBe('.#######.');
  });

  it('place text at its anchor', async () => {
    const text = { '00700008': items({ '00700006': 'I', '00700014': [2, 1], '00700004': 'PIXEL' }) };
    const lines = await drawn(text);
    expect(lines[1]).toBe('...###...');
    expect(lines[2]).toBe('....#....');
  });

  it('apply to the images and frames to which they refer', async () => {
    const line = graphic('POLYLINE', [1.5, 1.5, 7.5, 1.5]);
    const only = { ...line, '00081140': references(INSTANCE, [2]) };
    expect((await drawn(only))[1]).toBe('.........');
    expect((await drawn(only, {}, 2))[1]).toBe('.#######.');
  });

  it('ignore points that are not numbers, and clip points that are far away', async () => {
    const lines = await drawn(graphic('POLYLINE', [Number.NaN, 1, 3, 3, 1e30, 3, -1e30, 3.5]));
    expect(lines.join('')).toHaveLength(81);
    expect(lines[3]).toMatch(/#/);
  });
});

describe('overlays of a presentation state (PS3.3 C.11.7)', () => {
  const image = { '60000010': 1, '60000011': 4, '60003000': Uint8Array.of(0b0001) };

  it("are the image's own that are activated, and no others", async () => {
    expect(await presented({}, image)).toEqual([0, 50, 100, 200]);
    expect(await presented({ '60001001': 'LAYER' }, image)).toEqual([255, 50, 100, 200]);
  });

  it("are its own in the place of the image's", async () => {
    const own = { '60000010': 1, '60000011': 4, '60003000': Uint8Array.of(0b1000), '60001001': 'LAYER' };
    expect(await presented(own, image)).toEqual([0, 50, 100, 255]);
  });
});
