import { digestsOf } from '../commitment/archive-commitment.mjs';

/**
 * @typedef {object} InstanceResult what the archive says of one instance
 * @property {string} sopInstanceUID
 * @property {string} sopClassUID
 * @property {string | undefined} failureReason undefined: stored
 * @property {string | undefined} heldDigest SHA-256 of the file that the archive holds, if its data set is that of the instance
 *   and its file meta information is not
 *
 * @typedef {Map<string, InstanceResult>} StoreAnswer by SOP Instance UID
 */

/**
 * Reads a Store Instances Response: PS3.18 annex I.
 * @param {string} text JSON
 * @returns {StoreAnswer | undefined} undefined: the text is no such response
 */
export function readStoreAnswer(text) {
  /** @type {any} */
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (Array.isArray(answer)) [answer] = answer;
  if (typeof answer !== 'object' || answer === null) return undefined;
  if (!('00081198' in answer || '00081199' in answer || '0008119A' in answer)) return undefined;
  /** @type {StoreAnswer} */
  const results = new Map();
  for (const item of items(answer['00081199'])) {
    results.set(value(item, '00081155'), result(item, undefined));
  }
  // When an instance is in both sequences, the failure counts: an instance that is not stored must not be taken for
  // stored.
  for (const item of items(answer['00081198'])) {
    results.set(value(item, '00081155'), result(item, hexadecimal(item?.['00081197']?.Value?.[0])));
  }
  return results;
}

/**
 * The reasons of failures that name no instance: Other Failures Sequence (0008,119A).
 * @param {string} text JSON
 * @returns {string[]}
 */
export function otherFailures(text) {
  try {
    return items(JSON.parse(text)['0008119A']).map((item) => hexadecimal(item?.['00081197']?.Value?.[0]));
  } catch {
    return [];
  }
}

/** @param {any} attribute @returns {any[]} */
function items(attribute) {
  return Array.isArray(attribute?.Value) ? attribute.Value : [];
}

/**
 * @param {any} item
 * @param {string | undefined} failureReason
 * @returns {InstanceResult}
 */
function result(item, failureReason) {
  const heldDigest = /** @type {string | undefined} */ (digestsOf(item)[0]);
  return { sopInstanceUID: value(item, '00081155'), sopClassUID: value(item, '00081150'), failureReason, heldDigest };
}

/**
 * @param {any} item
 * @param {string} tag
 */
function value(item, tag) {
  return String(item?.[tag]?.Value?.[0] ?? '');
}

/** @param {unknown} reason */
function hexadecimal(reason) {
  return (Number(reason) || 0).toString(16).toUpperCase().padStart(4, '0');
}
