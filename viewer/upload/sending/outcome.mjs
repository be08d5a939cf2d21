import { detailText, failureText, warningText } from './reasons.mjs';

/**
 * What became of a file. `held`: the archive had exactly these bytes before. `twice`: the same bytes were chosen twice,
 * and sent once.
 * @typedef {{ result: 'stored' | 'warned' | 'held' | 'twice' | 'refused', reason?: string }} Outcome
 */

/** An item of a sequence as DICOM JSON (PS3.18 annex F). @typedef {Record<string, { Value?: unknown[] }>} Item */

/** @typedef {{ bySOP: Map<string, Outcome[]>, unnamed: Outcome[] }} Outcomes those of files whose UIDs the archive could not read are unnamed */

/**
 * A result in the description of an upload (GET /uploads/{upload}). `name`: of a member of a ZIP file.
 * @typedef {object} Result
 * @property {string} result
 * @property {string} [name]
 * @property {string} [detail]
 * @property {string} [tag]
 * @property {string} [sopInstanceUID]
 * @property {number} [failureReason]
 * @property {number} [warningReason]
 */

/**
 * Reads a Store Instances Response (PS3.18 annex I).
 * @param {Record<string, { Value?: unknown[] }>} dataSet
 * @returns {Outcomes}
 */
export function outcomesOf(dataSet) {
  /** @type {Map<string, Outcome[]>} */
  const bySOP = new Map();
  const add = (/** @type {Item} */ item, /** @type {Outcome} */ outcome) => {
    const uid = String(item['00081155']?.Value?.[0] ?? '');
    bySOP.set(uid, [...(bySOP.get(uid) ?? []), outcome]);
  };
  for (const item of itemsOf(dataSet, '00081199')) {
    const reason = warningText(item);
    add(item, reason === undefined ? { result: 'stored' } : { result: 'warned', reason });
  }
  for (const item of itemsOf(dataSet, '00081198')) add(item, { result: 'refused', reason: failureText(item) });
  const unnamed = itemsOf(dataSet, '0008119A').map((item) => refused(failureText(item)));
  return { bySOP, unnamed };
}

/** @param {Result} result of an upload that is done @returns {Outcome} */
export function outcomeOf({ result, detail, tag, failureReason, warningReason }) {
  const item = {
    ...(failureReason !== undefined && { '00081197': { Value: [failureReason] } }),
    ...(warningReason !== undefined && { '00081196': { Value: [warningReason] } }),
    ...(tag !== undefined && { '00741048': { Value: [{ '00720026': { Value: [tag] } }] } }),
  };
  if (failureReason !== undefined) return refused([detailText(detail), failureText(item)].filter(Boolean).join(' '));
  const reason = warningText(item);
  if (reason !== undefined) return { result: 'warned', reason };
  return { result: result === 'identical' ? 'held' : 'stored' };
}

/** @param {string} reason @returns {Outcome} */
export function refused(reason) {
  return { result: 'refused', reason };
}

/** @param {Record<string, { Value?: unknown[] }>} dataSet @param {string} tag @returns {Item[]} */
function itemsOf(dataSet, tag) {
  return /** @type {Item[]} */ (dataSet[tag]?.Value ?? []);
}
