const CR = 0x0d;

/**
 * Finds the delimiter of a multipart body, `CRLF "--" boundary` (RFC 2046 5.1.1), in bytes.
 *
 * Boyer-Moore-Horspool: mostly one byte in every delimiter's length is looked at. A boundary has no CR, so the only CR
 * of a delimiter is its first byte: two occurrences, whole or begun, never overlap, and no body whatever makes the
 * search slower than linear.
 */
export class DelimiterSearch {
  readonly length: number;
  private readonly delimiter: Uint8Array;
  /** How far the delimiter's end may move on when this byte stands there; 0 where the byte ends the delimiter. */
  private readonly skip: Uint8Array;
  /** The same for the delimiter's last byte, once the bytes before it were seen to differ. */
  private readonly skipLast: number;

  /** @param boundary printable ASCII, at most `BOUNDARY_BYTES` */
  constructor(boundary: string) {
    this.delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
    this.length = this.delimiter.length;
    this.skip = new Uint8Array(256).fill(this.length);
    const last = this.length - 1;
    for (let at = 0; at < last; at += 1) this.skip[this.delimiter[at]!] = last - at;
    this.skipLast = this.skip[this.delimiter[last]!]!;
    this.skip[this.delimiter[last]!] = 0;
  }

  /** @returns where the first delimiter within bytes[start, end) starts, or -1 */
  indexIn(bytes: Uint8Array, start: number, end: number): number {
    const { skip, delimiter } = this;
    const last = delimiter.length - 1;
    let at = start + last;
    while (at < end) {
      const step = skip[bytes[at]!]!;
      if (step !== 0) {
        at += step;
        continue;
      }
      const first = at - last;
      let equal = 0;
      while (equal < last && bytes[first + equal] === delimiter[equal]) equal += 1;
      if (equal === last) return first;
      at += Math.max(equal, this.skipLast);
    }
    return -1;
  }

  /** @returns how many bytes at the end of bytes[start, end) may be the beginning of a delimiter */
  begunAtEnd(bytes: Uint8Array, start: number, end: number): number {
    const { delimiter } = this;
    for (let at = end - 1; at >= start && at > end - delimiter.length; at -= 1) {
      if (bytes[at] !== CR) continue;
      for (let n = at + 1; n < end; n += 1) if (bytes[n] !== delimiter[n - at]) return 0;
      return end - at;
    }
    return 0;
  }

  /** @returns whether bytes[at, end) starts with the delimiter less its CRLF */
  dashedAt(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < this.length - 2) return false;
    for (let n = 2; n < this.length; n += 1) if (bytes[at + n - 2] !== this.delimiter[n]) return false;
    return true;
  }
}

/** RFC 2046 allows 70; what a byte can count is let through. */
export const BOUNDARY_BYTES = 250;
