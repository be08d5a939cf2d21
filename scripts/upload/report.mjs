import { grouped } from '../../viewer/upload/groups.mjs';
import { allLeftOut } from '../../viewer/upload/left-out.mjs';
import { tally, tallyText } from '../../viewer/upload/progress.mjs';
import { bytesText, countText } from '../../viewer/upload/words.mjs';

/** @typedef {import('../../viewer/upload/files/look.mjs').Item} Item */
/** @typedef {import('../../viewer/upload/files/look.mjs').LeftOut} LeftOut */
/** @typedef {{ items: readonly Item[], leftOut: readonly LeftOut[] }} Uploaded */

/** What was found, before it is sent. No names: terminals are logged. @param {Uploaded} uploaded */
export function foundText({ items, leftOut }) {
  const patients = grouped(items);
  const studies = patients.flatMap(({ studies }) => studies);
  const series = studies.flatMap(({ series }) => series);
  const images = items.reduce((sum, { instances }) => sum + instances.length, 0);
  const bytes = items.reduce((sum, { size }) => sum + size, 0);
  const { left, unread } = apart(items, leftOut);
  const counts = [
    countText(patients.length, 'patient'),
    countText(studies.length, 'study', 'studies'),
    countText(series.length, 'series', 'series'),
  ].join(', ');
  return `${countText(images, 'DICOM file')} (${counts}; ${bytesText(bytes)})${notSentText(left, unread)}`;
}

/**
 * What is not sent: files that are no images, and what could not be read, which may be one.
 * @param {readonly Item[]} items
 * @param {readonly LeftOut[]} leftOut
 */
function apart(items, leftOut) {
  const all = allLeftOut(items, leftOut);
  return { left: all.filter(({ isUnread }) => !isUnread), unread: all.filter(({ isUnread }) => isUnread) };
}

/** @param {readonly LeftOut[]} left @param {readonly LeftOut[]} unread */
function notSentText(left, unread) {
  const count = (/** @type {readonly LeftOut[]} */ some, /** @type {string} */ words) =>
    some.length > 0 ? `, ${some.length.toLocaleString('en')} ${words}` : '';
  return count(unread, 'not read') + count(left, 'left out');
}

/** The outcome for people. @param {Uploaded} uploaded @returns {string} lines */
export function reportText({ items, leftOut }) {
  const instances = items.flatMap(({ instances }) => instances);
  const lines = instances.flatMap(({ name, outcome }) =>
    outcome !== undefined && (outcome.result === 'refused' || outcome.result === 'warned')
      ? [`${outcome.result === 'refused' ? 'NOT STORED' : 'warning   '}  ${name}\n            ${outcome.reason ?? ''}`]
      : [],
  );
  const { left, unread } = apart(items, leftOut);
  const line =
    (/** @type {string} */ word) =>
    (/** @type {LeftOut} */ { path, why }) =>
      `${word}  ${path}\n            ${why}`;
  const summary = tallyText(tally(items)) || 'nothing to store';
  return [
    ...left.map(line('left out  ')),
    ...lines,
    ...unread.map(line('NOT READ  ')),
    `${summary}${notSentText(left, unread)}`,
  ].join('\n');
}

/** The outcome for programs. @param {Uploaded} uploaded */
export function reportJSON({ items, leftOut }) {
  const instances = items.flatMap(({ instances }) => instances);
  const { left, unread } = apart(items, leftOut);
  const line = (/** @type {LeftOut} */ { path, why }) => ({ file: path, reason: why });
  return {
    counts: { ...tally(items), unread: unread.length, leftOut: left.length },
    files: instances.map(({ name, head, outcome }) => ({
      file: name,
      result: outcome?.result ?? 'unknown',
      ...(outcome?.reason !== undefined && { reason: outcome.reason }),
      ...(head.studyInstanceUID && { studyInstanceUID: head.studyInstanceUID }),
      ...(head.sopInstanceUID && { sopInstanceUID: head.sopInstanceUID }),
    })),
    unread: unread.map(line),
    leftOut: left.map(line),
  };
}
