import { CodecError } from '../../codec';

/** Codes of at most this many bits are found by one table look-up. */
export const LOOK_BITS = 9;

/** The longest code has this many bits (T.81 annex C). */
const MOST_BITS = 16;

/** A Huffman table of JPEG (ITU-T T.81 B.2.4.2, annex C). */
export class HuffmanTable {
  /**
   * By the next LOOK_BITS bits: the code's length in the upper byte, its symbol in the lower byte; 0 for longer codes.
   */
  readonly look = new Uint16Array(1 << LOOK_BITS);
  /** By length: the largest code; -1 when there is none. */
  readonly greatest = new Int32Array(MOST_BITS + 1).fill(-1);
  /** By length: the number that is added to a code to give the index of its symbol. */
  readonly offset = new Int32Array(MOST_BITS + 1);

  /**
   * @param counts the number of codes of each length, 1 to 16
   * @throws CodecError malformed
   */
  constructor(
    counts: Uint8Array,
    readonly symbols: Uint8Array,
  ) {
    let code = 0;
    let place = 0;
    for (let length = 1; length <= MOST_BITS; length++, code <<= 1) {
      const count = counts[length - 1]!;
      if (code + count > 1 << length)
        throw new CodecError('malformed', 'a Huffman table has more codes than are possible');
      this.offset[length] = place - code;
      if (count > 0) this.greatest[length] = code + count - 1;
      for (let last = code + count; code < last; code++, place++) {
        if (length > LOOK_BITS) continue;
        const from = code << (LOOK_BITS - length);
        this.look.fill((length << 8) | symbols[place]!, from, from + (1 << (LOOK_BITS - length)));
      }
    }
  }
}
