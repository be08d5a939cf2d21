const CR = 0x0d;

/**
 * Finds the delimiter of a multipart body, `CRLF "--" boundary` (RFC 2046 5.1.1), in bytes.
 *
 * The algorithm is Boyer-Moore-Horspool: it usually looks at only one byte for each length of the delimiter. A boundary
 * contains no CR, so the only CR of a delimiter is its first byte. Two occurrences, complete or partial, therefore
 * never overlap, and the search takes linear time for every body.
 */
export class DelimiterSearch {
  readonly length: number;
  private readonly delimiter: Uint8Array;
  /** How far the end of the delimiter may move when this byte is there; 0 when the byte is the delimiter's last. */
  private readonly skip: Uint8Array;
  /** How far the end may move when the delimiter's last byte is there, but the bytes before it do not match. */
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

  /** @returns whether bytes[at, end) starts with the delimiter without its CRLF */
  dashedAt(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < this.length - 2) return false;
    for (let n = 2; n < this.length; n += 1) if (bytes[at + n - 2] !== this.delimiter[n]) return false;
    return true;
  }
}

/** RFC 2046 allows 70 bytes. Longer boundaries are accepted as long as a byte can hold the length. */
export const BOUNDARY_BYTES = 250;
