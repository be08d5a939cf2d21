import { expect, test } from 'vitest';
import { photometricFor, windowOf, windowsFor } from '../../../viewer/ohif/window.mjs';

const windows = (center: number[], width: number[], voiLUTFunction?: unknown) =>
  windowsFor({ windowCenter: center, windowWidth: width, voiLUTFunction });

test.each([
  [undefined, 'LINEAR'],
  ['LINEAR', 'LINEAR'],
  ['SIGMOID', 'SIGMOID'],
  [['SIGMOID'], 'SIGMOID'],
  ['CUBIC', 'LINEAR'],
  [null, 'LINEAR'],
])('VOI LUT Function %o is shown as %s, and the windows stay', (given, shown) => {
  expect(windows([40, 300], [400, 1500], given)).toEqual({
    windowCenter: [40, 300],
    windowWidth: [400, 1500],
    voiLUTFunction: shown,
  });
});

test('numbers that are written as text are numbers', () => {
  const given = { windowCenter: ['40'], windowWidth: ['4e2'] };
  expect(windowsFor(given)).toEqual({ windowCenter: [40], windowWidth: [400], voiLUTFunction: 'LINEAR' });
});

/** Where a linear window begins and ends: PS3.3 C.11.2.1.2.1. */
function borders({ windowCenter, windowWidth, voiLUTFunction }: ReturnType<typeof windowsFor>): number[] {
  expect(voiLUTFunction).toBe('LINEAR');
  return [-1, 1].map((sign) => windowCenter![0]! - 0.5 + (sign * (windowWidth![0]! - 1)) / 2);
}

test('LINEAR_EXACT is shown by the linear window that begins and ends with it (PS3.3 C.11.2.1.3.2)', () => {
  expect(borders(windows([40], [400], 'LINEAR_EXACT'))).toEqual([-160, 240]);
  expect(borders(windows([0.5], [0.25], 'LINEAR_EXACT'))).toEqual([0.375, 0.625]);
});

test('a linear window of width 1 divides the values below the next whole one (PS3.3 C.11.2.1.2.1)', () => {
  const [lower, upper] = borders(windows([40], [1])) as [number, number];
  expect(lower).toBe(39.5);
  expect(upper).toBeGreaterThan(39.5);
  expect(upper).toBeLessThan(40);
});

test('a linear window that is narrower than 1 is taken for an exact one, as in the pictures of the archive', () => {
  expect(borders(windows([40], [0.5]))).toEqual([39.75, 40.25]);
  expect(windows([0.5], [0.5], 'SIGMOID')).toMatchObject({ windowWidth: [0.5], voiLUTFunction: 'SIGMOID' });
});

test.each([
  [[40], [0]],
  [[40], [-5]],
  [[40], [Number.NaN]],
  [[], [5]],
  [[40], []],
])('center %o and width %o are no window', (center, width) => {
  expect(windows(center, width, 'LINEAR_EXACT')).toEqual({ voiLUTFunction: 'LINEAR' });
});

test.each([
  ['MONOCHROME2', 'INVERSE', 'MONOCHROME1'],
  ['MONOCHROME2', 'IDENTITY', 'MONOCHROME2'],
  ['MONOCHROME1', 'INVERSE', 'MONOCHROME1'],
  ['MONOCHROME1', undefined, 'MONOCHROME1'],
  ['RGB', 'INVERSE', 'RGB'],
])('%s with Presentation LUT Shape %s is drawn as %s', (photometric, shape, drawn) => {
  const image = { PhotometricInterpretation: photometric, ...(shape && { PresentationLUTShape: shape }) };
  expect(photometricFor(image)).toBe(drawn);
});

const frame = (pixelData: number[], preScale?: object) => ({ pixelData, samplesPerPixel: 1, preScale });

test('an image with a window is shown by its first one', () => {
  const given = { windowCenter: [40, 1], windowWidth: [400, 2] };
  expect(windowOf(given, frame([1, 2]), { PixelPaddingValue: 1 })).toEqual({ windowCenter: 40, windowWidth: 400 });
});

test('without a window, padding is no value of an image (PS3.3 C.7.5.1.1.2)', () => {
  const borders = { windowCenter: 15.5, windowWidth: 11 };
  expect(windowOf({}, frame([-2000, 10, 20]), { PixelPaddingValue: -2000 })).toEqual(borders);
  const range = { PixelPaddingValue: 30, PixelPaddingRangeLimit: 50 };
  expect(windowOf({}, frame([10, 20, 30, 40, 50]), range)).toEqual(borders);
  const scaled = { scaled: true, scalingParameters: { rescaleSlope: -1, rescaleIntercept: 100 } };
  expect(windowOf({}, frame([10, 20, 99], scaled), { PixelPaddingValue: 1 })).toEqual(borders);
});

test.each([
  ['no padding', [1, 2], {}],
  ['padding alone', [5, 5], { PixelPaddingValue: 5 }],
  ['one value beside padding', [5, 6], { PixelPaddingValue: 5 }],
])('the viewer finds the range itself of an image with %s', (_, pixelData, instance) => {
  expect(windowOf({}, frame(pixelData), instance)).toEqual({ windowCenter: undefined, windowWidth: undefined });
});
