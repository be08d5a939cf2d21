/**
 * Works on some items at the same time. After the first failure no further work is begun.
 * @template Item
 * @param {AsyncIterable<Item> | Iterable<Item>} items
 * @param {number} limit
 * @param {(item: Item) => Promise<void>} work
 */
export async function inParallel(items, limit, work) {
  /** @type {Set<Promise<void>>} */
  const running = new Set();
  /** @type {unknown[]} */
  const errors = [];
  for await (const item of items) {
    const done = work(item)
      .catch((error) => {
        errors.push(error);
      })
      .finally(() => running.delete(done));
    running.add(done);
    if (running.size >= limit) await Promise.race(running);
    if (errors.length > 0) break;
  }
  await Promise.all(running);
  if (errors.length > 0) throw errors[0];
}
