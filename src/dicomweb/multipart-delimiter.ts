/** A delimiter line that was found. */
export interface Delimiter {
  /** One past its line end, or past the closing hyphens. */
  readonly end: number;
  /** Whether it closes the body. */
  readonly closing: boolean;
}

/** White space after a delimiter (RFC 2046 5.1.1, transport padding) that is still taken for it. */
const MAX_PADDING = 256;

const HYPHEN = 45;
const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;

/** Finds delimiters in chunks of a body by Boyer-Moore-Horspool: most bytes are never looked at. */
export class DelimiterSearch {
  private readonly pattern: Uint8Array;
  private readonly skip: Uint8Array;

  /** @param boundary at most 70 characters (RFC 2046 5.1.1); longer ones work up to 250 */
  constructor(boundary: string) {
    this.pattern = Uint8Array.from(`\r\n--${boundary.slice(0, 250)}`, (char) => char.charCodeAt(0));
    const { length } = this.pattern;
    this.skip = new Uint8Array(256).fill(length);
    for (let at = 0; at < length - 1; at += 1) this.skip[this.pattern[at]!] = length - 1 - at;
  }

  /** Bytes that suffice to tell a delimiter without padding. */
  get lengthWithEnd(): number {
    return this.pattern.length + 2;
  }

  /**
   * Looks for the first delimiter in `bytes[start..end)`.
   * @returns data: up to where the bytes are data for certain; delimiter: the one that begins there, if one is complete
   */
  scan(bytes: Uint8Array, start: number, end: number): { data: number; delimiter?: Delimiter } {
    const { pattern, skip } = this;
    const last = pattern.length - 1;
    let at = start;
    while (at + last < end) {
      const byte = bytes[at + last]!;
      if (byte === pattern[last] && this.matches(bytes, at, last)) {
        const tail = this.tail(bytes, at + last + 1, end);
        if (tail === 'incomplete') return { data: at };
        if (tail !== 'other') return { data: at, delimiter: tail };
      }
      at += skip[byte]!;
    }
    return { data: this.heldBack(bytes, Math.max(start, Math.min(at, end)), start, end) };
  }

  private matches(bytes: Uint8Array, at: number, last: number): boolean {
    for (let n = 0; n < last; n += 1) if (bytes[at + n] !== this.pattern[n]) return false;
    return true;
  }

  /** What follows the boundary: hyphens that close, or a line end after padding; else it only looked like one. */
  private tail(bytes: Uint8Array, from: number, end: number): Delimiter | 'incomplete' | 'other' {
    if (from + 1 < end && bytes[from] === HYPHEN && bytes[from + 1] === HYPHEN) return { end: from + 2, closing: true };
    let at = from;
    while (at < end && at - from < MAX_PADDING && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1;
    if (at >= end) return 'incomplete';
    if (bytes[at] === LF) return { end: at + 1, closing: false };
    if (bytes[at] === HYPHEN && at === from && at + 1 >= end) return 'incomplete';
    if (bytes[at] !== CR) return 'other';
    if (at + 1 >= end) return 'incomplete';
    return bytes[at + 1] === LF ? { end: at + 2, closing: false } : 'other';
  }

  /** The bytes at the end that could be the beginning of a delimiter are no data yet. */
  private heldBack(bytes: Uint8Array, from: number, start: number, end: number): number {
    for (let at = Math.max(start, Math.min(from, end), end - this.pattern.length + 1); at < end; at += 1) {
      let n = 0;
      while (at + n < end && bytes[at + n] === this.pattern[n]) n += 1;
      if (at + n === end) return at;
    }
    return end;
  }
}
