import { clearedBytes, type SampleBits } from './unused-bits';

const HEADER_BYTES = 64;

/** What an RLE frame holds, by the attributes of its image. */
export interface RLEImage {
  readonly pixels: number;
  /** Segments of a frame: one for each byte of each sample (PS3.5 G.2). */
  readonly segments: number;
  /** Bytes of a sample. */
  readonly size: number;
  /** undefined when a sample takes the whole pixel cell */
  readonly bits: SampleBits | undefined;
}

/** @returns undefined when the unused bits cannot be cleared in the segments */
export function erasableRLE(image: RLEImage): ((place: number) => Uint8Array | undefined) | undefined {
  const { bits, size } = image;
  if (bits === undefined) return () => undefined;
  const tables = Array.from({ length: size }, (_, place) => clearedBytes(bits, place));
  return tables.some((table) => table === undefined) ? undefined : (place) => tables[place];
}

/**
 * Overwrites with zeros what is not image in frames of RLE Lossless (PS3.5 annex G): unused bits of the pixel cells, and
 * bytes between, in and behind the segments that no decoder needs. Every length and place stays.
 */
export class RLEEraser {
  readonly #cleared: (place: number) => Uint8Array | undefined;
  readonly #header = new Uint8Array(HEADER_BYTES);
  /** Where the segments begin. */
  #starts: readonly number[] = [];
  #at = 0;
  /** The number of the segment, from 0. */
  #segment = -1;
  /** Bytes that the segment has still to give when it is unpacked. */
  #left = 0;
  #literal = 0;
  /** How often the next byte is repeated. */
  #repeated = 0;
  #table: Uint8Array | undefined;

  constructor(private readonly image: RLEImage) {
    const cleared = erasableRLE(image);
    if (cleared === undefined) throw new Error('The unused bits of these RLE frames cannot be cleared.');
    this.#cleared = cleared;
  }

  /** The next bytes are the first of a fragment, which holds a frame (PS3.5 A.4.2). */
  beginFragment(): void {
    this.#at = 0;
    this.#segment = -1;
    this.#left = 0;
  }

  /** @param bytes are changed in place */
  erase(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++, this.#at++) {
      bytes[index] = this.#at < HEADER_BYTES ? this.#headerByte(bytes[index]!) : this.#byte(bytes[index]!);
    }
  }

  #headerByte(byte: number): number {
    const { segments } = this.image;
    this.#header[this.#at] = byte;
    if (this.#at === HEADER_BYTES - 1) {
      const view = new DataView(this.#header.buffer);
      // A decoder refuses a frame with another number of segments, so nothing of it has to stay.
      const known = view.getUint32(0, true) === segments;
      this.#starts = known ? Array.from({ length: segments }, (_, at) => view.getUint32(4 + 4 * at, true)) : [];
    }
    return this.#at < 4 + 4 * segments ? byte : 0;
  }

  #byte(byte: number): number {
    if (this.#at === this.#starts[this.#segment + 1]) this.#begin();
    if (this.#left <= 0) return 0;
    if (this.#literal > 0) {
      this.#literal -= 1;
      this.#left -= 1;
      return this.#table?.[byte] ?? byte;
    }
    if (this.#repeated > 0) {
      this.#left -= this.#repeated;
      this.#repeated = 0;
      return this.#table?.[byte] ?? byte;
    }
    if (byte < 128) this.#literal = byte + 1;
    else if (byte > 128) this.#repeated = 257 - byte;
    return byte;
  }

  #begin(): void {
    this.#segment += 1;
    this.#left = this.image.pixels;
    this.#literal = 0;
    this.#repeated = 0;
    this.#table = this.#cleared(this.image.size - 1 - (this.#segment % this.image.size));
  }
}
