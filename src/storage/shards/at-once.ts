/** A request has six connections that may wait for a response. */
const CONCURRENT = 5;

/** Does the same for each of them, some at the same time. @returns the results in the order of `items` */
export async function forEach<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const workOn = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT, items.length) }, workOn));
  return results;
}
