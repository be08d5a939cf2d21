/**
 * Joins the bytes of successive pushes. A parser sees `count` contiguous bytes however the input is divided into
 * chunks; only bytes that cross the border of two chunks are copied. Offsets count every byte that was ever fed.
 */
export class ByteWindow {
  /** The buffer that holds the bytes that `peek` found. */
  bytes: Uint8Array = EMPTY;
  at = 0;
  /** The offset of the next byte to be consumed. */
  offset: number;
  /** No more bytes will be fed. */
  ended = false;

  #chunk: Uint8Array = EMPTY;
  #next = 0;
  #carry = new Uint8Array(256);
  /** The carried bytes are `#carry[#from..#from + #carried)`. */
  #from = 0;
  #carried = 0;

  constructor(offset = 0) {
    this.offset = offset;
  }

  /**
   * Hands over the next chunk. The previous chunk must have been used up: `peek` returned false, or everything was
   * skipped.
   */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#next = 0;
  }

  /** Drops the chunk. Its unread bytes are lost: use this for bytes after the end of the data. */
  discard(): void {
    this.offset += this.available;
    this.#carried = 0;
    this.release();
  }

  /** Forgets the chunk's buffer, which belongs to the caller. */
  release(): void {
    this.#chunk = EMPTY;
    this.#next = 0;
    if (this.bytes !== this.#carry) this.bytes = EMPTY;
  }

  /** The number of bytes that can be read now. */
  get available(): number {
    return this.#carried + this.#chunk.length - this.#next;
  }

  /** Takes the unread bytes of the chunk out of the window, for another reader. */
  takeRest(): Uint8Array {
    const rest = this.#chunk.subarray(this.#next);
    if (this.#carried === 0) {
      this.release();
      return rest;
    }
    const all = new Uint8Array(this.#carried + rest.length);
    all.set(this.#carry.subarray(this.#from, this.#from + this.#carried));
    all.set(rest, this.#carried);
    this.#carried = 0;
    this.release();
    return all;
  }

  /**
   * Makes the next `count` bytes readable at `bytes[at]`, without consuming them.
   *
   * @returns false when more bytes must be fed first; the bytes that are already there are kept
   */
  peek(count: number): boolean {
    if (this.#carried === 0) {
      if (this.#chunk.length - this.#next >= count) {
        this.bytes = this.#chunk;
        this.at = this.#next;
        return true;
      }
    } else if (this.#carried >= count) {
      this.bytes = this.#carry;
      this.at = this.#from;
      return true;
    }
    const wanted = Math.min(count - this.#carried, this.#chunk.length - this.#next);
    if (wanted > 0) {
      this.#reserve(this.#carried + wanted);
      this.#carry.set(this.#chunk.subarray(this.#next, this.#next + wanted), this.#from + this.#carried);
      this.#carried += wanted;
      this.#next += wanted;
    }
    this.bytes = this.#carry;
    this.at = this.#from;
    return this.#carried >= count;
  }

  /** Consumes bytes that `peek` has made readable. */
  consume(count: number): void {
    this.skip(count);
  }

  /** Skips up to `count` bytes. @returns the number of bytes skipped */
  skip(count: number): number {
    let done = 0;
    if (this.#carried > 0) {
      done = Math.min(count, this.#carried);
      this.#from += done;
      this.#carried -= done;
    }
    const fromChunk = Math.min(count - done, this.#chunk.length - this.#next);
    this.#next += fromChunk;
    done += fromChunk;
    this.offset += done;
    return done;
  }

  // The buffer grows with the bytes that arrive, never with the number that a length field claims.
  #reserve(size: number): void {
    if (this.#carried === 0) this.#from = 0;
    if (this.#from + size <= this.#carry.length) return;
    const carried = this.#carry.subarray(this.#from, this.#from + this.#carried);
    // At least half of the buffer is free afterwards, so that each byte is moved a few times at most.
    if (size * 2 <= this.#carry.length) this.#carry.copyWithin(0, this.#from, this.#from + this.#carried);
    else {
      const grown = new Uint8Array(Math.max(size * 2, this.#carry.length));
      grown.set(carried);
      this.#carry = grown;
    }
    this.#from = 0;
  }
}

const EMPTY = new Uint8Array(0);
