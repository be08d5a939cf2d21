/*
 * The letters of directions at the edges of an image that has no Image Orientation (Patient). Pure functions.
 */

/** The directions of bipeds and their opposites (PS3.3 C.7.6.1.1.1). @type {Record<string, string>} */
const OPPOSITES = { A: 'P', P: 'A', R: 'L', L: 'R', H: 'F', F: 'H' };

/** How far a direction may be from that of rows or columns: an image that is turned by other than quarters has no letters. */
const STRAIGHT = 0.999;

/** @typedef {{ top: string, left: string, right: string, bottom: string }} Letters empty where nothing is known */

/**
 * The letters that Patient Orientation gives: it names where the rows lead to, from left to right, and the columns, from top to bottom.
 * @param {any} instance attributes by their keywords
 * @param {ArrayLike<number>} right the direction of the screen's rows: its parts along the rows and the columns of the image
 * @param {ArrayLike<number>} down that of its columns
 * @returns {Letters}
 */
export function lettersOf(instance, right, down) {
  const ends = endsOf(instance ?? {});
  const [toRight, toBottom] = [along(right, ends), along(down, ends)];
  return { right: toRight, left: opposite(toRight), bottom: toBottom, top: opposite(toBottom) };
}

/** @param {any} instance @returns {string[]} where its rows and its columns lead to; empty where it is not known */
function endsOf({ PatientOrientation, AnatomicalOrientationType }) {
  // The letters of animals mean other directions.
  const isBiped = [AnatomicalOrientationType ?? 'BIPED'].flat()[0] === 'BIPED';
  const given =
    typeof PatientOrientation === 'string' ? PatientOrientation.split('\\') : [PatientOrientation ?? []].flat();
  return [0, 1].map((at) => {
    const end = String(given[at] ?? '').trim();
    return isBiped && isDirection(end) ? end : '';
  });
}

/** @param {string} text */
function isDirection(text) {
  const letters = [...text];
  return letters.every((letter) => letter in OPPOSITES && !letters.includes(OPPOSITES[letter] ?? ''));
}

/** @param {ArrayLike<number>} direction @param {readonly string[]} ends */
function along(direction, ends) {
  for (const [at, end] of ends.entries()) {
    const part = direction[at] ?? 0;
    if (Math.abs(part) > STRAIGHT) return part > 0 ? end : opposite(end);
  }
  return '';
}

/** @param {string} direction */
const opposite = (direction) => [...direction].map((letter) => OPPOSITES[letter]).join('');
