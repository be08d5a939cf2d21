import { describe, expect, test } from 'vitest';
import {
  axesOf,
  imageIdsOf,
  imageOfVolume,
  instanceNumberOf,
  isInverse,
  middleOfSlab,
  placeOfFrame,
  planeOf,
  volumeFault,
} from '../../../viewer/ohif/volumes.mjs';

type Attributes = Record<string, unknown>;

/** Axial slices of 2 mm with pixels of 0.5 mm. @param change of the slice at an index */
const slices = (count: number, change: (at: number) => Attributes = () => ({})): Attributes[] =>
  Array.from({ length: count }, (_, at) => ({
    Rows: 64,
    Columns: 64,
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    ImagePositionPatient: [-16, -16, 2 * at],
    PixelSpacing: [0.5, 0.5],
    FrameOfReferenceUID: '1.2.3',
    ...change(at),
  }));

/** The sine and cosine of the tilt of a gantry. */
const tilted = (degrees: number) => [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)] as const;

describe('images that are a volume', () => {
  test.each<[string, Attributes[][]]>([
    ['at equal distances', [slices(12)]],
    ['in any order', [slices(12).reverse()]],
    [
      'whose numbers are text',
      [slices(4, (at) => ({ ImagePositionPatient: ['-16', '-16', String(at)], PixelSpacing: ['0.5', '0.5'] }))],
    ],
    ['with rounded places', [slices(12, (at) => ({ ImagePositionPatient: [-16 + (at % 2) * 0.1, -16, 2 * at] }))]],
    [
      'with a rounded spacing',
      [slices(2, (at) => ({ PixelSpacing: at ? [0.48828, 0.48828] : [0.48828125, 0.48828125] }))],
    ],
    [
      'that a gantry tilted by a tenth of a degree',
      [slices(12, () => ({ ImageOrientationPatient: [1, 0, 0, 0, ...tilted(0.1).toReversed()] }))],
    ],
    [
      'oblique',
      [
        slices(12, (at) => ({
          ImageOrientationPatient: [0.8, 0.6, 0, 0, 0, -1],
          ImagePositionPatient: [-0.6 * at, 0.8 * at, 5],
        })),
      ],
    ],
    [
      'without pixel spacing and frame of reference',
      [slices(3, () => ({ PixelSpacing: undefined, FrameOfReferenceUID: undefined }))],
    ],
    ['at several points in time', [slices(6), slices(6)]],
    ['one', [slices(1)]],
    ['none', [[]]],
  ])('%s', (_, groups) => {
    expect(volumeFault(groups)).toBeUndefined();
  });
});

describe('images that are no volume', () => {
  test.each<[string, number, Attributes[][]]>([
    ['of two sizes', 9, [slices(4, (at) => ({ Rows: at === 3 ? 32 : 64 }))]],
    ['of two orientations', 11, [slices(4, (at) => (at > 1 ? { ImageOrientationPatient: [0, 1, 0, 0, 0, -1] } : {}))]],
    [
      'of which one has no orientation',
      11,
      [slices(4, (at) => (at === 2 ? { ImageOrientationPatient: undefined } : {}))],
    ],
    ['of two pixel spacings', 16, [slices(10, (at) => ({ PixelSpacing: at < 5 ? [1, 1] : [0.5, 0.5] }))]],
    ['of which one has no pixel spacing', 16, [slices(10, (at) => (at === 9 ? { PixelSpacing: undefined } : {}))]],
    ['in two frames of reference', 17, [slices(12, (at) => ({ FrameOfReferenceUID: at < 6 ? '1.2.3' : '1.2.4' }))]],
    ['each further in x', 18, [slices(12, (at) => ({ ImagePositionPatient: [-16 + 3 * at, -16, 2 * at] }))]],
    [
      'of a tilted gantry',
      18,
      [slices(12, () => ({ ImageOrientationPatient: [1, 0, 0, 0, ...tilted(20).toReversed()] }))],
    ],
    ['of which one is missing', 8, [slices(12, (at) => ({ ImagePositionPatient: [-16, -16, at < 3 ? at : at + 1] }))]],
    [
      'whose distance grows',
      8,
      [slices(100, (at) => ({ ImagePositionPatient: [-16, -16, at < 50 ? 0.9 * at : 45 + 1.1 * (at - 50)] }))],
    ],
    ['all at one place', 12, [slices(6, () => ({ ImagePositionPatient: [-16, -16, 0] }))]],
    ['of which one has no place', 12, [slices(6, (at) => (at === 3 ? { ImagePositionPatient: undefined } : {}))]],
    [
      'at several points in time, and at other places',
      12,
      [slices(6), slices(6, (at) => ({ ImagePositionPatient: [-16, -16, 2 * at + 5] }))],
    ],
    ['more at one point in time', 12, [slices(6), slices(7)]],
    ['of two pixel spacings at two points in time', 16, [slices(6), slices(6, () => ({ PixelSpacing: [1, 1] }))]],
  ])('%s: message %i', (_, message, groups) => {
    expect(volumeFault(groups)).toBe(message);
  });
});

const volume = {
  origin: [-16, -16, 100],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  spacing: [0.5, 0.5, 2],
  imageIds: ['lowest', 'middle', 'highest'],
};
const looking = (focalPoint: number[], viewPlaneNormal = [0, 0, -1]) => ({
  getCamera: () => ({ focalPoint, viewPlaneNormal }),
});

test.each([
  [100, 'lowest'],
  [101.9, 'middle'],
  [104, 'highest'],
  [110, undefined],
])('a viewport at the height %f shows the image "%s", from whichever side', (height, shown) => {
  expect(imageOfVolume(looking([0, 0, height]), volume)).toBe(shown);
  expect(imageOfVolume(looking([5, 9, height], [0, 0, 1]), volume)).toBe(shown);
});

test('a viewport shows the image of its point in time', () => {
  const moving = { ...volume, getCurrentDimensionGroupImageIds: () => ['then lowest', 'then middle', 'then highest'] };
  expect(imageOfVolume(looking([0, 0, 102]), moving)).toBe('then middle');
});

test('a viewport that has no camera yet shows no image', () => {
  expect(imageOfVolume({}, volume)).toBeUndefined();
});

test.each([
  [{ InstanceNumber: 7 }, 7],
  [{ InstanceNumber: '-3' }, -3],
  [{ InstanceNumber: 0 }, 0],
  [{ InstanceNumber: null }, undefined],
  [{ InstanceNumber: '' }, undefined],
  [{}, undefined],
  [undefined, undefined],
])('the Instance Number of %o is %s', (instance, number) => {
  expect(instanceNumberOf(instance)).toBe(number);
});

test('a plane is another one after scrolling, turning or another point in time, and the same after panning', () => {
  const at = (time: number) => ({ data: [{ volume: { dimensionGroupNumber: time } }] });
  const plane = planeOf(looking([0, 0, 100]), at(1));
  expect(planeOf(looking([7, 8, 100]), at(1))).toBe(plane);
  expect(planeOf(looking([0, 0, 102]), at(1))).not.toBe(plane);
  expect(planeOf(looking([0, 100, 0], [0, -1, 0]), at(1))).not.toBe(plane);
  expect(planeOf(looking([0, 0, 100]), at(2))).not.toBe(plane);
  expect(planeOf(undefined, undefined)).toBe('');
});

test('the axes of a screen are others after it was turned, and the same after zooming', () => {
  const screen = (x: number[], y: number[]) => ({
    canvasToWorld: ([right, down]: [number, number]) => [0, 1, 2].map((at) => 3 + right * x[at]! + down * y[at]!),
  });
  const axes = axesOf(screen([1, 0, 0], [0, 1, 0]));
  expect(axesOf(screen([2, 0, 0], [0, 2, 0]))).toBe(axes);
  expect(axesOf(screen([-1, 0, 0], [0, 1, 0]))).not.toBe(axes);
  expect(axesOf(undefined)).toBe(0);
});

test.each([
  ['from 0', [0, 3, 6], [-10, -20, 36]],
  ['from the height of the first frame', [30, 33, 36], [-10, -20, 36]],
  ['downwards', ['0', '-3', '-6'], [-10, -20, 24]],
])('the last frame of a dose lies at its offset, counted %s', (_, offsets, place) => {
  const dose = {
    GridFrameOffsetVector: offsets,
    ImagePositionPatient: [-10, -20, 30],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
  };
  expect(placeOfFrame(dose, 1)).toEqual([-10, -20, 30]);
  expect(placeOfFrame(dose, 3)).toEqual(place);
  expect(placeOfFrame(dose, 4)).toBeUndefined();
});

test('other images have no offsets', () => {
  expect(
    placeOfFrame({ ImagePositionPatient: [1, 2, 3], ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }, 1),
  ).toBeUndefined();
  expect(placeOfFrame({ GridFrameOffsetVector: [0, 3] }, 1)).toBeUndefined();
});

test('a viewport that has no volume yet has no images', () => {
  const throws = () => {
    throw new Error('No actor found for the given volumeId: undefined');
  };
  expect(imageIdsOf({ getActors: () => [], getImageIds: throws })).toEqual([]);
  expect(imageIdsOf({ getActors: () => [{}], getImageIds: () => ['a'] })).toEqual(['a']);
  expect(imageIdsOf({})).toEqual([]);
});

describe('volumes whose lowest value is white', () => {
  test.each<[boolean, Attributes]>([
    [true, { PhotometricInterpretation: 'MONOCHROME1' }],
    [true, { PhotometricInterpretation: 'MONOCHROME2', PresentationLUTShape: 'INVERSE' }],
    [false, { PhotometricInterpretation: 'MONOCHROME2', PresentationLUTShape: 'IDENTITY' }],
  ])('%s: %o', (expected, image) => {
    expect(isInverse(image)).toBe(expected);
  });

  test('are none if that is so of some images only', () => {
    const images = (from: number) =>
      slices(6, (at) => ({ PhotometricInterpretation: at < from ? 'MONOCHROME2' : 'MONOCHROME1' }));
    expect(volumeFault([images(0)])).toBeUndefined();
    expect(volumeFault([images(3)])).toBe(19);
    expect(volumeFault([images(0), images(6)])).toBe(19);
  });
});

describe('the slab that is drawn of a volume', () => {
  const entry = (kind: string) => ({ actor: { isA: (name: string) => name === kind } });

  test('begins at the plane', () => {
    expect(middleOfSlab(entry('vtkVolume'), 0.05, [0, 0, -1], [1, 2, 3])).toEqual([1, 2, 3.05]);
  });

  test.each([
    ['the user has made it thicker', 'vtkVolume', 5],
    ['it is that of a surface', 'vtkActor', 0.05],
  ])('has the plane in its middle where %s', (_, kind, thickness) => {
    expect(middleOfSlab(entry(kind), thickness, [0, 0, 1], [1, 2, 3])).toEqual([1, 2, 3]);
  });
});
