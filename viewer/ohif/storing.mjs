/*
 * Reports and segmentations that the user stores from OHIF. As published, OHIF lists them before the archive has answered, so one
 * that the archive refused looks like one that it has.
 */

/** The text of dicomweb-client that says nothing. */
const SAYS_NOTHING = /^request failed$/i;

/** The message about storing: the next one takes its place. */
export const STORING = 'archive-storing';

/**
 * What the page says when something was not stored.
 * @param {unknown} error
 * @param {string} kind OHIF's word for what was to be stored: "Measurements", "Segmentation"
 * @returns what OHIF's service for notifications takes; it stays until the user closes it
 */
export function notStored(error, kind) {
  const isSegmentation = kind === 'Segmentation';
  const reason = String(/** @type {any} */ (error)?.message || 'The viewer gives no reason.');
  const left = isSegmentation ? 'The segmentation is still here' : 'The measurements are still here';
  return {
    title: `The archive did not store the ${isSegmentation ? 'segmentation' : 'report'}`,
    message: `${SAYS_NOTHING.test(reason) ? 'It gave no reason.' : reason} ${left}: you can try again.`,
    type: 'error',
    duration: Number.POSITIVE_INFINITY,
    action: { label: 'Close', onClick: () => undefined },
    id: STORING,
    allowDuplicates: true,
  };
}

/**
 * What the page says when measurements of a report were not taken over, although OHIF has asked whether they should be.
 * @param {number} all measurements of the report
 * @param {Record<string, readonly unknown[]>} taken those that were taken over, by tools
 * @returns what OHIF's service for notifications takes; it stays until the user closes it. undefined: all were taken over
 */
export function notTakenOver(all, taken) {
  const left = all - Object.values(taken).reduce((sum, { length }) => sum + length, 0);
  if (left <= 0) return undefined;
  return {
    title: `${left} of ${all} measurements ${left === 1 ? 'was' : 'were'} not taken over`,
    message: `This viewer cannot edit ${left === 1 ? 'it' : 'them'}. Open the report again to see what it says.`,
    type: 'warning',
    duration: Number.POSITIVE_INFINITY,
    action: { label: 'Close', onClick: () => undefined },
    id: 'archive-taking-over',
    allowDuplicates: true,
  };
}

/**
 * The entry of the study's list that shows an object.
 * @template {{ SOPInstanceUID?: string, instances?: { SOPInstanceUID: string }[] }} DisplaySet
 * @param {{ getDisplaySetsForSeries(uid: string): DisplaySet[] | undefined }} displaySets OHIF's service
 * @param {{ SeriesInstanceUID: string, SOPInstanceUID: string }} object
 * @returns {DisplaySet | undefined} undefined: it is not listed, because it was saved as a file, or the user has left its study
 */
export function listedAs(displaySets, { SeriesInstanceUID, SOPInstanceUID }) {
  return displaySets
    .getDisplaySetsForSeries(SeriesInstanceUID)
    ?.findLast(
      (one) =>
        one.SOPInstanceUID === SOPInstanceUID || one.instances?.some((each) => each.SOPInstanceUID === SOPInstanceUID),
    );
}
