import { concat } from '../../unit/dicom/build';
import type { SeededRandom } from '../seeded-random';

/**
 * Damages bytes in some places: another byte or bit, an early end, a wrong length, a repeated piece, a missing piece.
 * @param from bytes before this position stay unchanged, such as the preamble and prefix of a file
 */
export function mutate(bytes: Uint8Array, { next, below }: SeededRandom, from = 132): Uint8Array {
  let mutant: Uint8Array = bytes.slice();
  for (let count = 1 + below(4); count > 0 && mutant.length > from; count--) {
    const at = from + below(mutant.length - from);
    switch (below(6)) {
      case 0:
        mutant[at] = below(256);
        break;
      case 1:
        mutant[at] = mutant[at]! ^ (1 << below(8));
        break;
      case 2:
        mutant = mutant.slice(0, Math.max(from + 8, at));
        break;
      case 3: // length bombs
        mutant.set([0xff, 0xff, 0xff, next() < 0.5 ? 0xff : 0x7f].slice(0, mutant.length - at), at);
        break;
      case 4: // a piece again
        mutant = concat(mutant.slice(0, at), mutant.slice(Math.max(from, at - below(60))));
        break;
      default: // a piece left out
        mutant = concat(mutant.slice(0, at), mutant.slice(at + below(12)));
    }
  }
  return mutant;
}
