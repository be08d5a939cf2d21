/*
 * Images that arrive and can be decoded, but OHIF draws nothing: their viewport would be black without a word.
 */

/** Attributes that place the pixels, and their names. An image without them is drawn. @type {readonly [string, string][]} */
const PLACES = [
  ['PixelSpacing', 'Pixel Spacing'],
  ['ImagePositionPatient', 'Image Position (Patient)'],
  ['ImageOrientationPatient', 'Image Orientation (Patient)'],
];

/** Attributes that give the pixels their values. @type {readonly [string, string][]} */
const RESCALE = [
  ['RescaleSlope', 'Rescale Slope'],
  ['RescaleIntercept', 'Rescale Intercept'],
];

/**
 * Why nothing of an image is drawn.
 * @param {any} instance its attributes by their keywords, those of its functional groups among them
 * @param {number} longest columns or rows that the graphics of this computer draw
 * @returns {string | undefined} undefined if it is drawn
 */
export function whyUndrawn(instance, longest) {
  if (!instance) return undefined;
  const { Columns = 0, Rows = 0, PixelSpacing, RescaleSlope } = instance;
  if (Math.max(Columns, Rows) > longest)
    return `It has ${Columns} columns and ${Rows} rows. The graphics of this computer draw ${longest} at most.`;
  const wrong = [...PLACES, ...RESCALE].find(([keyword]) => numbersOf(instance[keyword]).some(Number.isNaN));
  if (wrong !== undefined) return `Its ${wrong[1]} is not a number.`;
  if (numbersOf(PixelSpacing).some((spacing) => spacing <= 0)) return 'Its Pixel Spacing is not above zero.';
  if (numbersOf(RescaleSlope).includes(0)) return 'Its Rescale Slope is zero: all of its pixels have one value.';
  return undefined;
}

/** The numbers of an attribute; none if it is absent or empty. @param {unknown} value */
const numbersOf = (value) =>
  [value]
    .flat()
    .filter((one) => one !== undefined && one !== null && one !== '')
    .map(Number);

/** @type {number | undefined} */
let longest;

/** The longest side of an image that the graphics of this computer draw, in pixels. */
export function longestDrawn() {
  if (longest === undefined) {
    const { document } = /** @type {any} */ (globalThis);
    const context = document.createElement('canvas').getContext('webgl2');
    longest = context?.getParameter(context.MAX_TEXTURE_SIZE) ?? Number.POSITIVE_INFINITY;
    context?.getExtension('WEBGL_lose_context')?.loseContext();
  }
  return /** @type {number} */ (longest);
}
