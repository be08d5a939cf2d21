import { CodecError } from '../codec';

const LONGEST_CODE = 16;
/** Bits that one look-up takes: nearly every code of a real table is as short. */
export const LOOK_AHEAD = 9;

/** A Huffman table, ready to decode with. */
export interface HuffmanTable {
  /** By the next LOOK_AHEAD bits: length of the code * 256 + its value, or 0 where the code is longer. */
  readonly short: Uint16Array;
  /** By length: the highest code, or -1. */
  readonly highest: Int32Array;
  /** By length: what to add to a code for its place in `values`. */
  readonly places: Int32Array;
  readonly values: Uint8Array;
}

/**
 * ITU-T T.81 annex C and F.2.2.3.
 * @param parameters of DHT after its class and destination: sixteen counts and the values
 * @throws CodecError malformed for counts of which no code can be made
 */
export function huffmanTable(parameters: Uint8Array): HuffmanTable {
  const short = new Uint16Array(1 << LOOK_AHEAD);
  const highest = new Int32Array(LONGEST_CODE + 1).fill(-1);
  const places = new Int32Array(LONGEST_CODE + 1);
  const values = parameters.slice(LONGEST_CODE);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    const count = parameters[length - 1]!;
    places[length] = place - code;
    if (code + count > 1 << length)
      throw new CodecError('malformed', 'The JPEG code stream has an impossible Huffman table');
    for (let index = 0; index < count && length <= LOOK_AHEAD; index++) {
      const from = (code + index) << (LOOK_AHEAD - length);
      short.fill((length << 8) | values[place + index]!, from, from + (1 << (LOOK_AHEAD - length)));
    }
    place += count;
    code += count;
    if (count > 0) highest[length] = code - 1;
    code <<= 1;
  }
  return { short, highest, places, values };
}
