import { expect, it } from 'vitest';
import type { Archive } from '../../../../src/archive/ports';
import { parseExtraAttributes } from '../../../../src/archive/search-attributes/extra-attributes';
import { IndexingWatch } from '../../../../src/archive/search-attributes/indexing-watch';

it('another request follows the configuration when the request that began has ended', () => {
  const never = () => new Promise<never>(() => undefined);
  const ended = new Proxy({}, { get: () => never });
  const archive = { searchAttributes: ended, index: ended, background: ended } as unknown as Archive;
  const watch = new IndexingWatch(archive, parseExtraAttributes('KVP'));
  expect(watch.begin(1_000)).toBeDefined();
  expect(watch.begin(2_000)).toBeUndefined();
  expect(watch.begin(62_000)).toBeDefined();
});
