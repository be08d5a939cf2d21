import { Inflate } from 'fflate';
import { DicomError } from '../errors';
import { mostInflated } from './most-inflated';

/**
 * The largest amount of input for which the decoder may yield nothing. The decoder holds back a stored block (64 KiB)
 * until it is complete; after more input than that without output, the stream has ended and the rest is padding.
 */
const MAX_SILENT_BYTES = 80 * 1024;

/** Inflates a deflated data set piece by piece (PS3.5 A.5). */
export class Inflater {
  readonly #inflate: Inflate;
  readonly #maximum: number;
  /** Inflated bytes so far. */
  #total = 0;
  #pieces: Uint8Array[] = [];
  #silent = 0;
  #fed = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
    this.#inflate = new Inflate((piece) => {
      if (piece.length === 0) return;
      this.#silent = 0;
      this.#total += piece.length;
      if (this.#total > Math.min(this.#maximum, mostInflated(this.#fed)))
        throw new DicomError('too-large', 'the inflated data set is too long');
      this.#pieces.push(piece);
    });
  }

  /** @returns the newly inflated bytes; the caller owns the pieces */
  push(bytes: Uint8Array): Uint8Array[] {
    let input = bytes;
    // A zlib header (RFC 1950), which some writers leave in place. Raw deflate never starts so, since its padding bits
    // are zero.
    if (this.#fed === 0 && input.length >= 2 && input[0] === 0x78 && (0x7800 + input[1]!) % 31 === 0)
      input = input.subarray(2);
    this.#fed += bytes.length;
    if (input.length === 0 || this.#silent > MAX_SILENT_BYTES) return [];
    this.#silent += input.length;
    // Pass a copy: the decoder keeps the bytes that it cannot use yet.
    return this.#run(() => this.#inflate.push(input.slice(), false), 'malformed');
  }

  /** Checks that the stream is complete. A pad byte to even length may follow the stream. */
  finish(): void {
    if (this.#silent > MAX_SILENT_BYTES) return;
    this.#run(() => this.#inflate.push(new Uint8Array(1), true), 'truncated');
  }

  #run(step: () => void, code: 'malformed' | 'truncated'): Uint8Array[] {
    this.#pieces = [];
    try {
      step();
    } catch (error) {
      if (error instanceof DicomError) throw error;
      throw new DicomError(code, 'the deflated data set cannot be inflated');
    }
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
