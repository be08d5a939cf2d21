import { seededRandom } from '../seeded-random';

/**
 * Makes cuts and changes bits, bytes and runs. Some of them are within the headers, where they have the greatest
 * effect.
 */
export function broken(codeStream: Uint8Array, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const bytes = codeStream.slice(0, seed % 4 === 0 ? random.below(codeStream.length) : undefined);
  const range = seed % 2 === 0 ? Math.min(200, bytes.length) : bytes.length;
  for (let change = random.below(4); change >= 0 && range > 0; change--) {
    const at = random.below(range);
    if (seed % 3 === 0) bytes[at] = random.pick([0, 0xff, 0x80, random.below(256)]);
    else if (seed % 3 === 1) bytes[at] = bytes[at]! ^ (1 << random.below(8));
    else bytes.copyWithin(at, random.below(range), random.below(range));
  }
  return bytes;
}
