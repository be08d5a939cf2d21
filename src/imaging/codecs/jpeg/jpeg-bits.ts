import { CodecError } from '../../codec';
import { type HuffmanTable, LOOK_BITS } from './jpeg-huffman';

/**
 * Reads entropy-coded segments of JPEG (ITU-T T.81 F.2.2.5). When a segment ends too early, zeros follow, as in most
 * decoders.
 */
export class EntropyBits {
  #held = 0;
  #count = 0;
  /** The number of bits at the end of those held that are not from the segment. */
  #madeUp = 0;
  #atMarker = false;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  /** Whether more bits were read than the segment has. */
  get exhausted(): boolean {
    return this.#madeUp > this.#count;
  }

  /** @param count 0 to 16 */
  bits(count: number): number {
    if (this.#count < count) this.#fill();
    this.#count -= count;
    return (this.#held >>> this.#count) & ((1 << count) - 1);
  }

  /** T.81 F.2.2.1, EXTEND. @param count 0 to 16 */
  signedBits(count: number): number {
    if (count === 0) return 0;
    const value = this.bits(count);
    return value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
  }

  /** @throws CodecError malformed */
  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const found = table.look[(this.#held >>> (this.#count - LOOK_BITS)) & ((1 << LOOK_BITS) - 1)]!;
    if (found === 0) return this.#longSymbol(table);
    this.#count -= found >> 8;
    return found & 0xff;
  }

  /**
   * Continues after the next restart marker, if that is the next marker. Its number is not checked, since there is no
   * better place to continue.
   */
  restart(): void {
    const next = this.nextMarker();
    const found = isRestart(this.bytes[next + 1]);
    this.at = found ? next + 2 : next;
    this.#held = 0;
    this.#count = 0;
    this.#madeUp = found ? 0 : 1;
    this.#atMarker = !found;
  }

  /** The position of the next marker after the data that was read; the length of the code stream when there is none. */
  nextMarker(): number {
    const { bytes } = this;
    if (this.#atMarker) return this.at;
    // Bytes that were read ahead contain no marker.
    for (let at = bytes.indexOf(0xff, this.at); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
      const code = bytes[at + 1];
      if (code !== undefined && code !== 0 && code !== 0xff) return at;
    }
    return bytes.length;
  }

  #longSymbol(table: HuffmanTable): number {
    for (let length = LOOK_BITS + 1; length <= 16; length++) {
      const code = (this.#held >>> (this.#count - length)) & ((1 << length) - 1);
      if (code > table.greatest[length]!) continue;
      this.#count -= length;
      return table.symbols[code + table.offset[length]!]!;
    }
    throw new CodecError('malformed', 'the code stream has a code that is not in its Huffman table');
  }

  #fill(): void {
    const { bytes } = this;
    while (this.#count <= 24) {
      let byte = this.#atMarker ? undefined : bytes[this.at];
      if (byte === 0xff) {
        let next = this.at + 1;
        while (bytes[next] === 0xff) next++;
        if (bytes[next] === 0) this.at = next;
        else byte = undefined;
      }
      if (byte === undefined) {
        this.#atMarker = true;
        this.#madeUp += 8;
      } else this.at++;
      this.#held = (this.#held << 8) | (byte ?? 0);
      this.#count += 8;
    }
  }
}

/** Whether a marker code is that of a restart marker, RST0 to RST7 (ITU-T T.81 table B.1). */
function isRestart(code: number | undefined): boolean {
  return code !== undefined && code >= 0xd0 && code <= 0xd7;
}
