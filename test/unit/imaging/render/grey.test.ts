import { describe, expect, it } from 'vitest';
import { prepareRendering } from '../../../../src/imaging/render/prepare';
import { attributes, bytesOf, formatOf, pixelsOf, rendered, rowOf, words } from './build';

const SIXTEEN = { bitsAllocated: 16 };
const TWELVE_OF_SIXTEEN = { bitsAllocated: 16, bitsStored: 12 };

/** Window Center and Width. */
const window = (center: number, width: number) => ({ '00281050': center, '00281051': width });
const rescale = (slope: number, intercept: number) => ({ '00281053': slope, '00281052': intercept });
const table = (descriptor: number[], data: unknown) => attributes({ '00283002': descriptor, '00283006': data });

describe('grey frames (PS3.4 N.2)', () => {
  it('of 8 bits without any window are shown unchanged', async () => {
    expect(await pixelsOf(rowOf([0, 1, 127, 255]))).toEqual([0, 1, 127, 255]);
    expect(await pixelsOf(rowOf([0, 9, 15], { bitsStored: 4 }))).toEqual([0, 153, 255]);
  });

  it('of MONOCHROME1 are shown with their lowest value white', async () => {
    const frame = rowOf([0, 1, 127, 255], { photometricInterpretation: 'MONOCHROME1' });
    expect(await pixelsOf(frame)).toEqual([255, 254, 128, 0]);
    // The shape means the same (C.8.11.3.1.2).
    expect(await pixelsOf(frame, { '20500020': 'INVERSE' })).toEqual([255, 254, 128, 0]);
    expect(await pixelsOf(rowOf([0, 255]), { '20500020': 'INVERSE' })).toEqual([255, 0]);
  });

  it('pass the rescale slope and intercept before the window (C.11.1, C.11.2)', async () => {
    // 2 x - 1024: -1024, 0, 40, 240; of the window from -160 to 239: 0, (0 - 39.5) / 399 + 0.5, (40 - 39.5) / 399 + 0.5.
    const frame = rowOf([0, 512, 532, 632], SIXTEEN);
    const expected = [0, (-39.5 / 399 + 0.5) * 255, (0.5 / 399 + 0.5) * 255, 255].map(Math.round);
    expect(await pixelsOf(frame, { ...rescale(2, -1024), ...window(40, 400) })).toEqual(expected);
    expect(expected).toEqual([0, 102, 128, 255]);
  });

  it('of 16 bits show each of their values as the window says, in every row', async () => {
    const values = [0, 40_000, 65_535, 40_000, 13_107, 0];
    const frame = { ...rowOf(values, SIXTEEN), format: formatOf(3, 2, SIXTEEN) };
    const asked = { window: { center: 32_767.5, width: 65_535, function: 'linear-exact' } } as const;
    expect(await pixelsOf(frame, {}, asked)).toEqual(values.map((value) => Math.round((value / 65_535) * 255)));
  });

  it('take numbers given as text, and the first of several windows', async () => {
    const dataSet = { '00281050': ['0', '77'], '00281051': ['100', '7'], '00281053': '1', '00281052': '-50' };
    expect(await pixelsOf(rowOf([0, 50, 99], SIXTEEN), dataSet)).toEqual([0, 129, 255]);
  });

  it('use the named functions, and a requested window instead', async () => {
    const frame = rowOf([0, 50, 100], SIXTEEN);
    const exact = { ...window(50, 100), '00281056': 'LINEAR_EXACT' };
    expect(await pixelsOf(frame, exact)).toEqual([0, 128, 255]);
    const sigmoid = { ...window(50, 100), '00281056': 'SIGMOID' };
    expect(await pixelsOf(frame, sigmoid)).toEqual([30, 128, 225]);
    const asked = { window: { center: 25, width: 50, function: 'linear-exact' } } as const;
    expect(await pixelsOf(frame, sigmoid, asked)).toEqual([0, 255, 255]);
  });

  it('refuse a window that is too narrow for its function', async () => {
    const asked = (name: 'linear' | 'sigmoid', width: number) =>
      pixelsOf(rowOf([0]), {}, { window: { center: 0, width, function: name } });
    await expect(asked('linear', 0.5)).rejects.toMatchObject({ reason: 'bad-request' });
    await expect(asked('sigmoid', 0)).rejects.toMatchObject({ reason: 'bad-request' });
    await expect(asked('sigmoid', 0.5)).resolves.toEqual([128]);
  });

  it('without a window are spread from their lowest value to their highest', async () => {
    expect(await pixelsOf(rowOf([1000, 1500, 2000], SIXTEEN))).toEqual([0, 128, 255]);
    expect(await pixelsOf(rowOf([7, 7], SIXTEEN))).toEqual([0, 0]);
  });

  it('of many values without a window leave out half a percent at each end', async () => {
    const values = Array.from({ length: 1000 }, (_, at) => 1000 + at);
    values[999] = 60_000;
    const pixels = await pixelsOf(rowOf(values, SIXTEEN));
    // The fifth of 1000 values from below, and the 995th: 1004 and 1994.
    expect(pixels.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(pixels[499]).toBe(Math.round((495 / 990) * 255));
    expect(pixels[10]).toBe(Math.round((6 / 990) * 255));
    expect(pixels.slice(-6)).toEqual([255, 255, 255, 255, 255, 255]);
  });

  it('keep padding black, and out of the computed window (C.7.5.1.1.2)', async () => {
    const frame = rowOf([63536, 100, 200], { ...SIXTEEN, signed: true });
    expect(await pixelsOf(frame, { '00280120': -2000 })).toEqual([0, 0, 255]);
    // An unsigned value for a signed attribute.
    expect(await pixelsOf(frame, { '00280120': 63536 })).toEqual([0, 0, 255]);
    const range = { '00280120': 10, '00280121': 12 };
    const inverted = rowOf([9, 10, 11, 12, 13], { photometricInterpretation: 'MONOCHROME1' });
    expect(await pixelsOf(inverted, range)).toEqual([246, 0, 0, 0, 242]);
  });

  it('pass a Modality LUT (C.11.1.1)', async () => {
    const sequence = { '00283000': table([3, 10, 16], [100, 200, 400]), ...window(250.5, 301) };
    expect(await pixelsOf(rowOf([0, 10, 11, 12, 99], SIXTEEN), sequence)).toEqual([0, 0, 85, 255, 255]);
  });

  it('pass a Modality LUT for values below 0 whose first value is written without a sign', async () => {
    const frame = rowOf([0xfffe, 0xffff, 0, 1], { ...SIXTEEN, signed: true });
    const sequence = { '00283000': table([3, 0xfffe, 8], words(0, 51, 255)), ...window(128, 256) };
    expect(await pixelsOf(frame, sequence)).toEqual([0, 51, 255, 255]);
  });

  it('do not apply the Modality LUT of angiography that is already logarithmic (C.8.7.1.1.2)', async () => {
    const sequence = { '00283000': table([2, 0, 8], words(200, 100)) };
    // Single-plane angiography, fluoroscopy, and the retired class of two planes.
    for (const last of ['1', '2', '3']) {
      const sopClass = { '00080016': `1.2.840.10008.5.1.4.1.1.12.${last}` };
      expect(await pixelsOf(rowOf([0, 255]), { ...sequence, ...sopClass, '00281040': 'LOG' })).toEqual([0, 255]);
      expect(await pixelsOf(rowOf([0, 255]), { ...sequence, ...sopClass, '00281040': 'LIN' })).toEqual([255, 0]);
    }
  });

  it('pass a VOI LUT before any window, after the Modality LUT (C.11.2.1.1)', async () => {
    const voi = { '00283010': table([4, -1, 12], [0, 819, 2457, 4095]), ...window(0, 10), ...rescale(1, -5) };
    // -5 .. 2 map to entries 0, 0 (at -1), 1 (at 0), 2, 3.
    expect(await pixelsOf(rowOf([0, 4, 5, 6, 7, 8], TWELVE_OF_SIXTEEN), voi)).toEqual([0, 0, 51, 153, 255, 255]);
  });

  it('read tables of 8-bit entries, packed two to a word or not', async () => {
    const packed = { '00283010': table([3, 0, 8], Uint8Array.of(0, 100, 255, 0)) };
    expect(await pixelsOf(rowOf([0, 1, 2]), packed)).toEqual([0, 100, 255]);
    const numbers = { '00283010': table([3, 0, 8], [100 * 256, 255]) };
    expect(await pixelsOf(rowOf([0, 1, 2]), numbers)).toEqual([0, 100, 255]);
    const words8 = { '00283010': table([3, 0, 8], words(0, 100, 255)) };
    expect(await pixelsOf(rowOf([0, 1, 2]), words8)).toEqual([0, 100, 255]);
  });

  it('take a table of 65536 entries, written as 0', async () => {
    const entries = new Uint16Array(65536).map((_, at) => 65535 - at);
    const voi = { '00283010': table([0, 0, 16], [...entries]) };
    expect(await pixelsOf(rowOf([0, 65535], SIXTEEN), voi)).toEqual([255, 0]);
  });

  it('of 32 bits and of floating point are shown in the same way (C.7.6.3, C.7.6.24)', async () => {
    const wide = rowOf([100_000, 150_000, 200_000], { bitsAllocated: 32 });
    expect(await pixelsOf(wide)).toEqual([0, 128, 255]);
    const float = rowOf([-0.5, 0, 0.5, Number.NaN, 99], { bitsAllocated: 32, sampleType: 'float' });
    expect(await pixelsOf(float, { '00280122': 99 })).toEqual([0, 128, 255, 0, 0]);
    const asked = { window: { center: 0, width: 1, function: 'linear-exact' } } as const;
    expect(await pixelsOf(float, {}, asked)).toEqual([0, 128, 255, 0, 255]);
  });

  it('of one bit are black and white', async () => {
    const bits = { format: formatOf(9, 1, { bitsAllocated: 1 }), bytes: Uint8Array.of(0b1000_0101, 1) };
    expect(await pixelsOf(bits)).toEqual([255, 0, 255, 0, 0, 0, 0, 255, 255]);
  });

  it('of fractional segmentations go from 0 to the maximum (C.8.20.2.3)', async () => {
    const segmentation = { '00080016': '1.2.840.10008.5.1.4.1.1.66.4' };
    const frame = rowOf([0, 1, 2]);
    expect(await pixelsOf(frame, { ...segmentation, '00620001': 'BINARY' })).toEqual([0, 255, 255]);
    expect(await pixelsOf(frame, { ...segmentation, '00620001': 'FRACTIONAL', '0062000E': 2 })).toEqual([0, 128, 255]);
    expect(await pixelsOf(frame, { ...segmentation, '00620001': 'LABELMAP' })).toEqual([0, 128, 255]);
  });

  it('with functional groups use their own transformations before shared ones (C.7.6.16)', async () => {
    const dataSet = {
      ...window(1, 1),
      '52009229': [{ '00289145': sequence(rescale(1, -100)) }],
      '52009230': [
        { '00289132': sequence(window(50, 100)) },
        { '00289132': sequence(window(0, 100)), '00289145': sequence(rescale(2, -100)) },
        {},
      ],
    };
    const frame = rowOf([50, 100, 150], SIXTEEN);
    // The modality values are -50, 0, 50; the window 50, 100 goes from 0 to 99.
    expect(await pixelsOf(frame, dataSet, {}, 1)).toEqual([0, 0, 129]);
    // The modality values are 0, 100, 200; the window 0, 100 goes from -50 to 49.
    expect(await pixelsOf(frame, dataSet, {}, 2)).toEqual([129, 255, 255]);
    // The image's own window: a step at 0.5.
    expect(await pixelsOf(frame, dataSet, {}, 3)).toEqual([0, 0, 255]);
  });

  it('of one instance share one rendering, each with its own tables', async () => {
    const frame = rowOf([0, 100, 200], SIXTEEN);
    const dataSet = attributes({
      '52009230': [
        { '00289132': sequence(window(100.5, 201)) },
        { '00289132': sequence(window(100.5, 201)) },
        { '00289132': sequence(window(50.5, 101)) },
      ],
    });
    const rendering = await prepareRendering(dataSet, frame.format, bytesOf, {});
    const pixels: number[][] = [];
    for (const number of [1, 2, 3, 1]) pixels.push([...(await rendering.render(frame, number)).bytes]);
    expect(pixels).toEqual([
      [0, 128, 255],
      [0, 128, 255],
      [0, 255, 255],
      [0, 128, 255],
    ]);
  });

  it('have pictures of one sample, no larger than the frame', async () => {
    expect(await rendered(rowOf([1, 2, 3]))).toMatchObject({ width: 3, height: 1, samples: 1 });
  });
});

function sequence(values: Record<string, unknown>) {
  return { vr: 'SQ', Value: [attributes(values)] };
}
