/*
 * Images that have arrived and been decoded, and that OHIF's viewer draws nowhere: their viewport stays black.
 */

/** Attributes by which the viewer places an image and computes its values. @type {readonly (readonly [keyword: string, name: string])[]} */
const NUMBERS = [
  ['PixelSpacing', 'Pixel Spacing'],
  ['ImagePositionPatient', 'Image Position (Patient)'],
  ['ImageOrientationPatient', 'Image Orientation (Patient)'],
  ['RescaleSlope', 'Rescale Slope'],
  ['RescaleIntercept', 'Rescale Intercept'],
];

/**
 * Why the viewer draws nothing of an image.
 * @param {any} instance its attributes by their keywords
 * @param {number} mostPixels the longest row and column that the graphics of the computer can hold
 * @param {import('./words.mjs').Series} series
 * @returns {import('./words.mjs').Words | undefined} undefined: it is drawn
 */
export function undrawnImage(instance, mostPixels, series) {
  if (!instance) return undefined;
  const texts = [...notNumbers(instance), ...tooLarge(instance, mostPixels)];
  if (texts.length === 0) return undefined;
  return {
    title: 'This image cannot be drawn here',
    texts: [...texts, 'It is kept in the archive as it was sent. The picture below is made by the archive.'],
    files: [series],
    rendered: [{ instance, kind: 'picture' }],
  };
}

/** @param {any} instance */
function notNumbers(instance) {
  const wrong = NUMBERS.filter(([keyword]) => valuesOf(instance, keyword).some(Number.isNaN)).map(([, name]) => name);
  const isPoint = valuesOf(instance, 'PixelSpacing').some((value) => value === 0);
  return [
    ...(wrong.length > 0 ? [`Its ${wrong.join(' and its ')} ${wrong.length > 1 ? 'are' : 'is'} not a number.`] : []),
    ...(isPoint ? ['Its Pixel Spacing is 0: its pixels have no size.'] : []),
  ];
}

/** @param {any} instance @param {string} keyword @returns {number[]} */
const valuesOf = (instance, keyword) =>
  [instance[keyword]]
    .flat()
    .filter((value) => value !== undefined && value !== null && value !== '')
    .map(Number);

/** @param {any} instance @param {number} mostPixels */
function tooLarge({ Rows, Columns }, mostPixels) {
  if (Math.max(Number(Rows), Number(Columns)) <= mostPixels || !Rows || !Columns) return [];
  return [`It has ${Columns} × ${Rows} pixels, and the graphics of this computer hold ${mostPixels} × ${mostPixels}.`];
}
