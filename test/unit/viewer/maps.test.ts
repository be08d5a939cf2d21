import { describe, expect, it } from 'vitest';
import { mapRange, mapValues, propertiesOfMap } from '../../../viewer/ohif/maps.mjs';

const position = (height: number) => ({ PlanePositionSequence: [{ ImagePositionPatient: [0, 0, height] }] });
const orientation = (...ImageOrientationPatient: number[]) => ({
  PlaneOrientationSequence: [{ ImageOrientationPatient }],
});
const AXIAL = orientation(1, 0, 0, 0, 1, 0);

/** Two frames of two pixels, the higher one first. */
const map = (more: object = {}, shared: object = AXIAL) => ({
  Rows: 1,
  Columns: 2,
  SharedFunctionalGroupsSequence: [shared],
  PerFrameFunctionalGroupsSequence: [position(4), position(2)],
  ...more,
});

const planes = [0, 2, 4].map((height) => ({
  imagePositionPatient: [0, 0, height],
  rowCosines: [1, 0, 0],
  columnCosines: [0, 1, 0],
  rows: 1,
  columns: 2,
  rowPixelSpacing: 1,
  columnPixelSpacing: 1,
}));

describe('the values of a parametric map', () => {
  it('are on the images where the frames lie, unchanged', () => {
    expect(mapValues(map(), Float32Array.of(0.5, 7, 2, 3), planes)).toEqual(Float32Array.of(0, 0, 2, 3, 0.5, 7));
    const own = map({ PerFrameFunctionalGroupsSequence: [4, 2].map((at) => ({ ...position(at), ...AXIAL })) }, {});
    expect(mapValues(own, Uint16Array.of(1, 60_000, 2, 3), planes)).toEqual(Uint16Array.of(1, 1, 2, 3, 1, 60_000));
  });

  it('are not negative where there are no negative values', () => {
    const window = { FrameVOILUTSequence: [{ WindowCenter: 0, WindowWidth: 100 }], ...AXIAL };
    expect(mapValues(map({}, window), Uint16Array.of(1, 2, 3, 4), planes)).toEqual(Uint16Array.of(0, 0, 3, 4, 1, 2));
    expect(mapValues(map({}, window), Int16Array.of(1, 2, 3, 4), planes)[0]).toBe(-50);
  });

  it('are not drawn where several frames lie on one image', () => {
    const twice = map({ PerFrameFunctionalGroupsSequence: [position(4), position(4)] });
    expect(() => mapValues(twice, Float32Array.of(1, 2, 3, 4), planes)).toThrow('lies on another frame');
  });

  it.each([
    ['of other pixels', map({}, { ...AXIAL, PixelMeasuresSequence: [{ PixelSpacing: [1, 2] }] })],
    ['between images', map({ PerFrameFunctionalGroupsSequence: [position(4), position(3)] })],
    ['without a place', map({ PerFrameFunctionalGroupsSequence: [position(4), {}] })],
    ['mirrored', map({}, orientation(-1, 0, 0, 0, 1, 0))],
    ['of another size', map({ Rows: 2, Columns: 1 })],
  ])('of a frame %s are on no image', (_, instance) => {
    expect(() => mapValues(instance, Float32Array.of(1, 2, 3, 4), planes)).toThrow('does not lie on an image');
  });

  const window = (WindowCenter: unknown, WindowWidth: unknown, more = {}) =>
    map({}, { ...AXIAL, FrameVOILUTSequence: [{ WindowCenter, WindowWidth, ...more }] });

  it.each([
    ['its window', window(20, 40), { lower: 0, upper: 39 }],
    ['the first of its windows', window([20, 1], [40, 2]), { lower: 0, upper: 39 }],
    ['an exact window', window(20, 40, { VOILUTFunction: 'LINEAR_EXACT' }), { lower: 0, upper: 40 }],
    ['a window narrower than 1', window(0.5, 0.5), { lower: 0.25, upper: 0.75 }],
    ['its lowest and highest value without a window', map(), { lower: -3, upper: 9 }],
  ])('are shown by %s', (_, instance, range) => {
    expect(mapRange(instance, Float32Array.of(NaN, -3, 9, Infinity))).toEqual(range);
  });

  it('are shown by a range of its own where all are the same', () => {
    expect(mapRange(map(), Float32Array.of(5, 5))).toEqual({ lower: 5, upper: 6 });
    expect(mapRange(map(), Float32Array.of(NaN))).toEqual({ lower: 0, upper: 1 });
  });

  it('are opaque by the range, and other volumes as OHIF says', () => {
    const properties = { colormap: { name: 'rainbow_2', opacity: 1 }, invert: false };
    const volume = { metadata: { mapRange: { lower: 100, upper: 200 } } };
    const shown = propertiesOfMap(properties, volume);
    expect(shown).toMatchObject({
      invert: false,
      voiRange: { lower: 100, upper: 200 },
      colormap: { name: 'rainbow_2' },
    });
    expect(shown.colormap.opacity[0]).toEqual({ value: 100, opacity: 0 });
    expect(shown.colormap.opacity.at(-1)).toEqual({ value: 190, opacity: 0.99 });
    expect(propertiesOfMap(properties, { metadata: {} })).toBe(properties);
    expect(propertiesOfMap({}, volume)).toEqual({});
  });
});
