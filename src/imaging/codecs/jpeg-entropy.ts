import { CodecError } from '../codec';
import { type HuffmanTable, LOOK_AHEAD } from './jpeg-huffman';
import { MARKER } from './jpeg-markers';

/** Bits that may be missing at the very end: some writers leave off the last byte. */
const MISSING_BITS = 16;

/** Reads the entropy-coded segments of a scan: ITU-T T.81 F.2.2. Past a marker it reads zeros, and counts them. */
export class EntropyReader {
  readonly #bytes: Uint8Array;
  #at: number;
  /** The last #count bits of it are to be read, the highest first. */
  #held = 0;
  #count = 0;
  #missing = 0;
  #restarts = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** The value of the next code. @throws CodecError malformed when there is none */
  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const next = (this.#held >>> (this.#count - 16)) & 0xffff;
    const entry = table.short[next >>> (16 - LOOK_AHEAD)]!;
    if (entry !== 0) {
      this.#count -= entry >>> 8;
      return entry & 0xff;
    }
    for (let length = LOOK_AHEAD + 1; length <= 16; length++) {
      const code = next >>> (16 - length);
      if (code <= table.highest[length]!) {
        this.#count -= length;
        return table.values[table.places[length]! + code]!;
      }
    }
    throw new CodecError('malformed', 'The JPEG code stream has a code that its table has not');
  }

  /** The next `size` bits, 1 to 16, as the signed number of that category: RECEIVE and EXTEND, T.81 F.2.2.1. */
  number(size: number): number {
    if (this.#count < size) this.#fill();
    this.#count -= size;
    const bits = (this.#held >>> this.#count) & ((1 << size) - 1);
    return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
  }

  /**
   * Passes the restart marker that has to be next (T.81 F.2.1.3.1).
   * @throws CodecError malformed when another one is, or none
   */
  restart(): void {
    this.check();
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < bytes.length && (bytes[at] !== 0xff || bytes[at + 1] === 0 || bytes[at + 1] === 0xff)) at++;
    if (bytes[at + 1] !== MARKER.RST0 + (this.#restarts & 7)) {
      throw new CodecError('malformed', 'The JPEG code stream lacks a restart marker');
    }
    this.#restarts++;
    this.#at = at + 2;
    this.#held = 0;
    this.#count = 0;
    this.#missing = 0;
  }

  /** @throws CodecError malformed when more was read than there is */
  check(): void {
    if (this.#missing - this.#count > MISSING_BITS)
      throw new CodecError('malformed', 'The JPEG code stream is cut short');
  }

  #fill(): void {
    const bytes = this.#bytes;
    while (this.#count <= 24) {
      const byte = bytes[this.#at];
      if (byte === undefined || (byte === 0xff && bytes[this.#at + 1] !== 0)) {
        this.#held <<= 8;
        this.#missing += 8;
      } else {
        this.#held = (this.#held << 8) | byte;
        this.#at += byte === 0xff ? 2 : 1;
      }
      this.#count += 8;
    }
  }
}
