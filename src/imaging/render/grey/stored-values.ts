import type { Frame, ImageFormat } from '../../frame';

/** The most bits of a stored value for which tables are made: 65536 entries. */
const TABLE_BITS = 16;

/**
 * Reads the samples of a frame as stored values (PS3.3 C.7.6.3.1): Bits Stored bits from High Bit down; other bits are
 * ignored. Samples are counted in byte order; samples beyond the end of a short frame are 0.
 */
export class StoredValues {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #words: Uint16Array | undefined;
  readonly #format: ImageFormat;
  readonly #shift: number;
  /** The number of bits of a stored value. */
  readonly bits: number;

  constructor(frame: Frame) {
    const { bytes, format } = frame;
    this.#format = format;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bits = Math.min(format.bitsStored, format.bitsAllocated);
    this.#shift = Math.min(Math.max(0, format.highBit - this.bits + 1), format.bitsAllocated - this.bits);
    if (format.bitsAllocated === 16 && bytes.byteOffset % 2 === 0) {
      this.#words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
    }
  }

  /** Whether the values are integers with at most 16 bits, so that tables can be made: see `patterns`. */
  get tabular(): boolean {
    return this.#format.sampleType === 'integer' && this.bits <= TABLE_BITS;
  }

  /** The number that a bit pattern of `bits` bits means: two's complement when the format is signed. */
  valueOf(pattern: number): number {
    return this.#format.signed && pattern >= 2 ** (this.bits - 1) ? pattern - 2 ** this.bits : pattern;
  }

  /** Reads stored values as unsigned bit patterns. Only for tabular values. */
  patterns(first: number, count: number, into: Uint16Array): void {
    const shift = this.#shift;
    const mask = 2 ** this.bits - 1;
    const { bitsAllocated } = this.#format;
    if (bitsAllocated === 8 && this.bits === 8) {
      const have = this.#bytes.subarray(first, first + count);
      into.set(have);
      into.fill(0, have.length, count);
    } else if (bitsAllocated === 16 && this.#words !== undefined) {
      const words = this.#words;
      const have = Math.max(0, Math.min(count, words.length - first));
      if (this.bits === 16) into.set(words.subarray(first, first + have));
      else for (let at = 0; at < have; at++) into[at] = (words[first + at]! >> shift) & mask;
      into.fill(0, have, count);
    } else if (bitsAllocated === 16) {
      // A view at an odd offset of its buffer cannot be read as words.
      const bytes = this.#bytes;
      for (let at = 0, byte = first * 2; at < count; at++, byte += 2) {
        into[at] = ((bytes[byte]! | (bytes[byte + 1]! << 8)) >> shift) & mask;
      }
    } else if (bitsAllocated === 1) {
      const bytes = this.#bytes;
      for (let at = 0, bit = first; at < count; at++, bit++) into[at] = (bytes[bit >> 3]! >> (bit & 7)) & 1;
    } else {
      for (let at = 0; at < count; at++) into[at] = this.#bitsAt((first + at) * bitsAllocated + shift, this.bits);
    }
  }

  /** Reads stored values as numbers, for every kind of sample. */
  values(first: number, count: number, into: Float64Array): void {
    const { bitsAllocated, sampleType } = this.#format;
    const view = this.#view;
    const wide = bitsAllocated === 64;
    const step = bitsAllocated / 8;
    const have = Math.max(0, Math.min(count, Math.floor(view.byteLength / step) - first));
    into.fill(0, have, count);
    if (sampleType === 'float') {
      for (let at = 0; at < have; at++) {
        const offset = (first + at) * step;
        into[at] = wide ? view.getFloat64(offset, true) : view.getFloat32(offset, true);
      }
    } else if (wide) {
      for (let at = 0; at < have; at++) into[at] = this.#wideAt((first + at) * step);
    } else {
      for (let at = 0; at < have; at++) {
        into[at] = this.valueOf(this.#bitsAt((first + at) * bitsAllocated + this.#shift, this.bits));
      }
    }
  }

  #wideAt(offset: number): number {
    const word = this.#view.getBigUint64(offset, true) >> BigInt(this.#shift);
    return Number(this.#format.signed ? BigInt.asIntN(this.bits, word) : BigInt.asUintN(this.bits, word));
  }

  /** Reads bits from a bit offset, lowest bit first: PS3.5 8.1.1 packs cells that are not whole bytes in this way. */
  #bitsAt(place: number, count: number): number {
    let value = 0;
    let byte = Math.floor(place / 8);
    let skip = place % 8;
    for (let have = 0; have < count; byte++) {
      const take = Math.min(8 - skip, count - have);
      value += (((this.#bytes[byte] ?? 0) >> skip) & (2 ** take - 1)) * 2 ** have;
      have += take;
      skip = 0;
    }
    return value;
  }
}
