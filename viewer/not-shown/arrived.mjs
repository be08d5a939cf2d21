/* How many images of a study have arrived: the counting for arrivals.mjs. */

/** Series of these modalities are made from images, mostly by the user of this page, and OHIF adds what it stores by itself. */
const MADE = new Set(['KO', 'PR', 'SEG', 'RTSTRUCT', 'SR']);

/**
 * The number of instances in each series, by Series Instance UID.
 * @typedef {Map<string, number>} Counts
 */

/**
 * How many images of open studies the archive has more than before.
 * @param {Counts} before when the page was opened
 * @param {Counts} now
 * @param {Counts} read what the page has read since
 */
export function arrived(before, now, read) {
  return [...now].reduce((sum, [uid, count]) => {
    const had = Math.max(before.get(uid) ?? 0, read.get(uid) ?? 0);
    return sum + Math.max(0, count - had);
  }, 0);
}

/**
 * The series of images in the answer to a search.
 * @param {any[]} series as DICOM JSON
 * @param {readonly string[]} wanted the series that the address names; all of them if it names none
 * @returns {Counts}
 */
export function countsOf(series, wanted) {
  const value = (/** @type {any} */ one, /** @type {string} */ tag) => one[tag]?.Value?.[0];
  return new Map(
    series
      .map((one) => ({ one, uid: String(value(one, '0020000E')) }))
      .filter(({ one, uid }) => !MADE.has(value(one, '00080060')) && (wanted.length === 0 || wanted.includes(uid)))
      .map(({ one, uid }) => [uid, Number(value(one, '00201209') ?? 0)]),
  );
}

/**
 * The UIDs that an address names, in one parameter or several (OHIF takes both, in any case).
 * @param {string} search of the address @param {string} name
 */
export function uidsIn(search, name) {
  const lists = [...new URLSearchParams(search)].filter(([key]) => key.toLowerCase() === name.toLowerCase());
  return lists.flatMap(([, list]) => list.split(',')).filter((uid) => /^[\d.]{1,64}$/.test(uid));
}
