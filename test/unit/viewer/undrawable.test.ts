import { describe, expect, it } from 'vitest';
import { whyUndrawn } from '../../../viewer/not-shown/undrawable.mjs';

const IMAGE = {
  Columns: 512,
  Rows: 512,
  PixelSpacing: [0.5, 0.5],
  ImagePositionPatient: [0, -1.5, 2],
  ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
  RescaleSlope: 1,
  RescaleIntercept: 0,
};

describe('an image that arrived', () => {
  it.each([
    ['of usual attributes', {}],
    [
      'without a place and values',
      { PixelSpacing: undefined, ImagePositionPatient: [], RescaleSlope: null, RescaleIntercept: '' },
    ],
    ['of a negative slope', { RescaleSlope: -1 }],
    ['as long as the graphics draw', { Columns: 8192 }],
  ])('is drawn: %s', (_name, attributes) => {
    expect(whyUndrawn({ ...IMAGE, ...attributes }, 8192)).toBeUndefined();
  });

  it.each([
    ['more columns than the graphics draw', { Columns: 9000 }, '9000 columns'],
    ['more rows', { Rows: 9000 }, '9000 rows'],
    ['a spacing of zero', { PixelSpacing: [0, 0] }, 'Pixel Spacing is not above zero'],
    ['a spacing that is no number', { PixelSpacing: ['NaN', 1] }, 'Pixel Spacing is not a number'],
    [
      'a position that is no number',
      { ImagePositionPatient: [Number.NaN, 0, 0] },
      'Image Position (Patient) is not a number',
    ],
    [
      'an orientation that is no number',
      { ImageOrientationPatient: [1, 0, 0, 0, 'x', 0] },
      'Image Orientation (Patient)',
    ],
    ['a slope that is no number', { RescaleSlope: 'NaN' }, 'Rescale Slope is not a number'],
    ['a slope of zero', { RescaleSlope: 0 }, 'Rescale Slope is zero'],
  ])('is not drawn, and the page says why: %s', (_name, attributes, reason) => {
    expect(whyUndrawn({ ...IMAGE, ...attributes }, 8192)).toContain(reason);
  });
});
