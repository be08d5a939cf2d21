import { grouped } from '../../viewer/upload/groups.mjs';
import { allLeftOut } from '../../viewer/upload/left-out.mjs';
import { tally, tallyText } from '../../viewer/upload/progress.mjs';
import { bytesText, countText } from '../../viewer/upload/words.mjs';

/** @typedef {import('../../viewer/upload/look.mjs').Item} Item */
/** @typedef {import('../../viewer/upload/look.mjs').LeftOut} LeftOut */
/** @typedef {{ items: readonly Item[], leftOut: readonly LeftOut[] }} Uploaded */

/** What was found, before it is sent. No names: terminals are logged. @param {Uploaded} uploaded */
export function foundText({ items, leftOut }) {
  const patients = grouped(items);
  const studies = patients.flatMap(({ studies }) => studies);
  const series = studies.flatMap(({ series }) => series);
  const images = items.reduce((sum, { instances }) => sum + instances.length, 0);
  const bytes = items.reduce((sum, { size }) => sum + size, 0);
  const left = allLeftOut(items, leftOut).length;
  const counts = [
    countText(patients.length, 'patient'),
    countText(studies.length, 'study', 'studies'),
    countText(series.length, 'series', 'series'),
  ].join(', ');
  return `${countText(images, 'DICOM file')} (${counts}; ${bytesText(bytes)})${left > 0 ? `, ${countText(left, 'file')} left out` : ''}`;
}

/** The outcome for people. @param {Uploaded} uploaded @returns {string} lines */
export function reportText({ items, leftOut }) {
  const instances = items.flatMap(({ instances }) => instances);
  const lines = instances.flatMap(({ name, outcome }) =>
    outcome !== undefined && (outcome.result === 'refused' || outcome.result === 'warned')
      ? [`${outcome.result === 'refused' ? 'NOT STORED' : 'warning   '}  ${name}\n            ${outcome.reason ?? ''}`]
      : [],
  );
  const left = allLeftOut(items, leftOut).map(({ path, why }) => `left out    ${path}\n            ${why}`);
  const summary = tallyText(tally(items)) || 'nothing to store';
  return [
    ...left,
    ...lines,
    `${summary}${left.length > 0 ? `, ${left.length.toLocaleString('en')} left out` : ''}`,
  ].join('\n');
}

/** The outcome for programs. @param {Uploaded} uploaded */
export function reportJSON({ items, leftOut }) {
  const instances = items.flatMap(({ instances }) => instances);
  return {
    counts: { ...tally(items), leftOut: allLeftOut(items, leftOut).length },
    files: instances.map(({ name, head, outcome }) => ({
      file: name,
      result: outcome?.result ?? 'unknown',
      ...(outcome?.reason !== undefined && { reason: outcome.reason }),
      ...(head.studyInstanceUID && { studyInstanceUID: head.studyInstanceUID }),
      ...(head.sopInstanceUID && { sopInstanceUID: head.sopInstanceUID }),
    })),
    leftOut: allLeftOut(items, leftOut).map(({ path, why }) => ({ file: path, reason: why })),
  };
}
