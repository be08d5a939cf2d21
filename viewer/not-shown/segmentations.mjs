/*
 * Segmentations that OHIF gives up reading. It draws them only on the grid of pixels of the images that they belong to.
 */

/** What OHIF says, and what it means. @type {readonly (readonly [says: RegExp, means: string])[]} */
const REASONS = [
  [
    /geometry dimensions/,
    'Its frames have other rows or columns than the images that they belong to: they show a part of these, or have another resolution, or are turned. This viewer draws a segmentation only on the pixels of its images.',
  ],
  [
    /orthogonal/,
    'Its frames lie across the images that they belong to. This viewer draws only frames that are parallel to the images.',
  ],
  [
    /oblique|out of plane/,
    'Its frames lie at an angle to the images that they belong to. This viewer draws only frames that are parallel to the images.',
  ],
  [
    /fractional/i,
    'It is fractional: it says how likely or how much each point belongs to a region. This viewer draws only those that say yes or no.',
  ],
];

/**
 * Says why OHIF has not read a segmentation.
 * @param {string} message of OHIF's error; empty without one
 * @returns {string}
 */
export function reasonOfUnread(message) {
  const [, known] = REASONS.find(([says]) => says.test(message)) ?? [];
  const said = message ? ` It says: ${message}` : '';
  return known ?? `This viewer cannot read it: it is damaged, or of a kind that this viewer does not know.${said}`;
}

/** How the reading of segmentations ended: the message of the error, or none. @type {WeakMap<Promise<unknown>, string>} */
const ends = new WeakMap();

/** The readings whose end is awaited. @type {WeakSet<Promise<unknown>>} */
const awaited = new WeakSet();

/**
 * The message with which OHIF gave up reading a segmentation.
 * @param {{ loadingPromise?: unknown }} series
 * @returns {string | undefined} empty if it gave none; undefined while it is not known, for less than a moment
 */
export function messageOfUnread({ loadingPromise }) {
  const reading = /** @type {Promise<unknown>} */ (loadingPromise);
  if (!awaited.has(reading)) {
    awaited.add(reading);
    reading.then(
      () => ends.set(reading, ''),
      (error) => ends.set(reading, error instanceof Error ? error.message : ''),
    );
  }
  return ends.get(reading);
}
