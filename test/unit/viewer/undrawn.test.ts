import { expect, test } from 'vitest';
import { undrawnImage } from '../../../viewer/not-shown/undrawn.mjs';

const IMAGE = {
  SOPInstanceUID: '1.2',
  Rows: 512,
  Columns: 512,
  PixelSpacing: [0.5, 0.5],
  ImagePositionPatient: [-100, 0.5, 1e2],
  ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
  RescaleSlope: 1,
  RescaleIntercept: '-1024',
};
const SERIES = { displaySetInstanceUID: 'a' };
const texts = (changes: object) => undrawnImage({ ...IMAGE, ...changes }, 8192, SERIES)?.texts ?? [];

test.each([
  [{}, []],
  [{ PixelSpacing: undefined, ImagePositionPatient: null, RescaleSlope: '', RescaleIntercept: [] }, []],
  [{ Rows: 8192, Columns: 8192 }, []],
  [{ Rows: undefined, Columns: undefined }, []],
  [{ RescaleSlope: 'NaN' }, ['Its Rescale Slope is not a number.']],
  [
    { PixelSpacing: ['NaN', '0.5'], ImagePositionPatient: [Number.NaN, 0, 0] },
    ['Its Pixel Spacing and its Image Position (Patient) are not a number.'],
  ],
  [{ PixelSpacing: [0, 0] }, ['Its Pixel Spacing is 0: its pixels have no size.']],
  [{ Rows: 800, Columns: 9000 }, ['It has 9000 × 800 pixels, and the graphics of this computer hold 8192 × 8192.']],
])('the reason why an image with %j is not drawn', (changes, expected) => {
  expect(texts(changes).slice(0, -1)).toEqual(expected);
});

test('the archive shows an image that the viewer does not draw, and offers its file', () => {
  const instance = { ...IMAGE, RescaleSlope: 'NaN' };
  expect(undrawnImage(instance, 8192, SERIES)).toMatchObject({
    rendered: [{ instance, kind: 'picture' }],
    files: [SERIES],
  });
  expect(undrawnImage(undefined, 8192, SERIES)).toBeUndefined();
});
