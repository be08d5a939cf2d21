/**
 * Takes the first item before its turn, so that a failure before anything was sent can still be answered with an error
 * status.
 * @throws what the first item throws
 */
export async function begun<Item>(items: AsyncIterable<Item>): Promise<AsyncGenerator<Item>> {
  const iterator = items[Symbol.asyncIterator]();
  return resumed(await iterator.next(), iterator);
}

async function* resumed<Item>(first: IteratorResult<Item>, rest: AsyncIterator<Item>): AsyncGenerator<Item> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
