/**
 * Puts files together, in their order, up to a number of bytes.
 * @template {{ readonly size: number }} T
 * @param {readonly T[]} items
 * @param {{ bytes: number, count: number, overhead?: number }} most of one batch; `overhead`: bytes that each file adds to its own.
 * A file that is larger is a batch of its own
 * @returns {T[][]}
 */
export function batchesOf(items, { bytes, count, overhead = 0 }) {
  /** @type {T[][]} */
  const batches = [];
  let room = 0;
  for (const item of items) {
    const batch = batches.at(-1);
    const needed = item.size + overhead;
    if (batch === undefined || needed > room || batch.length >= count) {
      batches.push([item]);
      room = bytes - needed;
    } else {
      batch.push(item);
      room -= needed;
    }
  }
  return batches;
}
