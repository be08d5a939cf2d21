import { monotonic } from '../monotonic.mjs';
import { PART_OVERHEAD } from './stow.mjs';

/**
 * @typedef {import('../outbox/entry-name.mjs').Entry} Entry
 *
 * @typedef {object} BatchLimits
 * @property {number} bytes of a request
 * @property {number} instances of a request
 */

/**
 * The next entries of a study, in the order of their arrival. An instance that is longer than a request is a batch of
 * its own. The same SOP instance is not twice in a batch, because an answer names instances by that UID.
 * @param {Iterable<Entry>} entries
 * @param {BatchLimits} limits
 * @param {(entry: Entry) => 'ready' | 'alone' | 'later'} stateOf
 * @returns {Entry[]}
 */
export function nextBatch(entries, limits, stateOf) {
  /** @type {Entry[]} */
  const batch = [];
  const uids = new Set();
  const held = new Set();
  let bytes = PART_OVERHEAD;
  for (const entry of entries) {
    const { sopInstanceUID } = entry;
    const state = stateOf(entry);
    // An instance that arrived later under the same UID must not be sent before this one.
    if (state === 'later') held.add(sopInstanceUID);
    if (state === 'later' || held.has(sopInstanceUID)) continue;
    const isFull =
      uids.has(sopInstanceUID) ||
      bytes + entry.bytes + PART_OVERHEAD > limits.bytes ||
      batch.length >= limits.instances ||
      state === 'alone';
    if (isFull && batch.length > 0) break;
    batch.push(entry);
    uids.add(sopInstanceUID);
    bytes += entry.bytes + PART_OVERHEAD;
    if (isFull) break;
  }
  return batch;
}

/**
 * Whether enough time has passed since the last instance of a study arrived, so that it can be sent. A study whose
 * instances arrive without a pause, or that fills a request, does not wait.
 * @param {import('../outbox/outbox.mjs').Study} study
 * @param {number} settle milliseconds
 * @param {number} most instances of a request
 */
export function isSettled({ entries, firstArrival, lastArrival }, settle, most) {
  const now = monotonic();
  return now - lastArrival >= settle || entries.size >= most || now - firstArrival >= 10 * settle;
}
