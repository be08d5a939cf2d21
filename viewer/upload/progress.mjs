import { bytesText, countText, timeText } from './words.mjs';

/** @typedef {import('./files/look.mjs').Item} Item */

/** Milliseconds over which the speed is an average. */
const WINDOW_MS = 10_000;

/**
 * What was found among the chosen files. Members of a ZIP file count, and what is sent is the ZIP file.
 * @param {readonly Pick<Item, 'kind' | 'instances'>[]} items
 * @returns {string} "40 DICOM files found, 30 of them in 1 ZIP file"
 */
export function foundText(items) {
  const count = (/** @type {typeof items} */ some) => some.reduce((sum, { instances }) => sum + instances.length, 0);
  const zips = items.filter(({ kind }) => kind === 'zip');
  const unseen = zips.filter(({ instances }) => instances.length === 0).length;
  const inside =
    zips.length > unseen ? `, ${count(zips)} of them in ${countText(zips.length - unseen, 'ZIP file')}` : '';
  const further = unseen > 0 ? `, and ${countText(unseen, 'ZIP file')} into which the archive will look` : '';
  return `${countText(count(items), 'DICOM file')} found${inside}${further}`;
}

/**
 * @typedef {object} Progress
 * @property {number} files
 * @property {number} doneFiles sent, or found in the archive, or refused before they were sent
 * @property {number} bytes of the files that are sent
 * @property {number} doneBytes
 * @property {number} sentBytes that were sent; files that the archive had already are not counted
 */

/** @param {readonly Item[]} items @returns {Progress} */
export function progressOf(items) {
  const progress = { files: items.length, doneFiles: 0, bytes: 0, doneBytes: 0, sentBytes: 0 };
  for (const { state, size, sentBytes } of items) {
    const isOver = state === 'sent' || state === 'done';
    progress.doneFiles += isOver ? 1 : 0;
    progress.bytes += size;
    progress.sentBytes += Math.min(sentBytes, size);
    progress.doneBytes += isOver ? size : Math.min(sentBytes, size);
  }
  return progress;
}

/** Milliseconds before a speed is shown. */
const LEAST_MS = 1000;

/**
 * Measures how fast bytes go, from what is told to it. Only the time in which they go counts: after an outage, or the sleep of the
 * computer, it begins again.
 */
export function speedometer() {
  /** @type {{ at: number, bytes: number }[]} */
  const points = [];
  return {
    /** @param {number} bytes so far @param {number} [now] milliseconds @returns {number} bytes a second; 0: not known yet */
    at(bytes, now = Date.now()) {
      const last = points.at(-1);
      // What was sent before a cut may have to be sent again.
      if (last !== undefined && (bytes < last.bytes || now - last.at > WINDOW_MS)) points.length = 0;
      points.push({ at: now, bytes });
      while (points.length > 2 && now - /** @type {{ at: number }} */ (points[1]).at > WINDOW_MS) points.shift();
      const [first] = points;
      return first === undefined || now - first.at < LEAST_MS ? 0 : ((bytes - first.bytes) * 1000) / (now - first.at);
    },
    reset() {
      points.length = 0;
    },
  };
}

/** @param {Omit<Progress, 'sentBytes'>} progress @param {number} speed bytes a second */
export function progressText({ files, doneFiles, bytes, doneBytes }, speed) {
  const left = bytes - doneBytes;
  return [
    `${doneFiles.toLocaleString('en')} of ${countText(files, 'file')}`,
    `${bytesText(doneBytes)} of ${bytesText(bytes)}`,
    ...(speed > 0 ? [`${bytesText(speed)} a second`] : []),
    ...(speed > 0 && left > 0 ? [`about ${timeText(left / speed)} left`] : []),
  ].join(', ');
}

/** What became of all instances: how many of each result. @param {readonly Item[]} items */
export function tally(items) {
  const counts = { stored: 0, warned: 0, held: 0, twice: 0, refused: 0 };
  for (const { instances } of items)
    for (const { outcome } of instances) if (outcome !== undefined) counts[outcome.result] += 1;
  return counts;
}

/** @param {ReturnType<typeof tally>} counts @returns {string} "3 stored, 1 refused" */
export function tallyText({ stored, warned, held, twice, refused }) {
  const parts = [
    [stored, 'stored'],
    [warned, 'stored with a warning'],
    [held, 'already in the archive'],
    [twice, 'chosen twice'],
    [refused, 'not stored'],
  ];
  return parts
    .flatMap(([count, text]) => (count === 0 ? [] : [`${Number(count).toLocaleString('en')} ${text}`]))
    .join(', ');
}
