/** @typedef {import('./files/look.mjs').Item} Item */
/** @typedef {import('./files/look.mjs').LeftOut} LeftOut */

/**
 * Everything that is not sent or not stored because it is no image: files that were chosen, and members of ZIP files.
 * @param {readonly Item[]} items
 * @param {readonly LeftOut[]} leftOut
 */
export function allLeftOut(items, leftOut) {
  return [...leftOut, ...items.flatMap(({ others }) => others)];
}
