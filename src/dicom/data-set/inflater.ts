import { Inflate } from 'fflate';
import { DicomError } from '../errors';

/**
 * Input that yields nothing although the decoder has it: a stored block is held back until it is whole (64 KiB), so more
 * than that means that the stream has ended and what follows is padding.
 */
const MAX_SILENT_BYTES = 80 * 1024;

/**
 * A data set may become as long as this whatever it is, and then so many times as long as it was deflated: pixels hardly
 * ever shrink so much, and what was made to shrink, up to a thousand times, would cost a server far more than its sender.
 */
const FREE_BYTES = 256 * 1024 ** 2;
const MAX_RATIO = 100;

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
      if (this.#total > Math.min(this.#maximum, FREE_BYTES + MAX_RATIO * this.#fed))
        throw new DicomError('too-large', 'the inflated data set is too long');
      this.#pieces.push(piece);
    });
  }

  /** @returns what could be inflated; the pieces are the caller's own */
  push(bytes: Uint8Array): Uint8Array[] {
    let input = bytes;
    // RFC 1950's header: some writers leave it on. Raw deflate never starts so, its padding bits being zero.
    if (this.#fed === 0 && input.length >= 2 && input[0] === 0x78 && (0x7800 + input[1]!) % 31 === 0)
      input = input.subarray(2);
    this.#fed += bytes.length;
    if (input.length === 0 || this.#silent > MAX_SILENT_BYTES) return [];
    this.#silent += input.length;
    // A copy: the decoder keeps what it cannot use yet.
    return this.#run(() => this.#inflate.push(input.slice(), false), 'malformed');
  }

  /** Checks that the stream is complete. A pad byte to even length may have followed it. */
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
