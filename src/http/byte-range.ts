/** A range of the bytes of a representation, starting at `offset`. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads a Range header (RFC 9110 14.1.2, 14.2); dicomweb/answer/respond.ts decides by it between 200, 206 and 416. A header
 * that is not a single range of bytes is ignored, as the RFC allows: several ranges, other units, invalid text.
 * @param header null when the request has none
 * @param length of the whole representation
 */
export function parseRange(header: string | null | undefined, length: number): ByteRange | 'whole' | 'unsatisfiable' {
  const [from, to] = positions(header ?? '');
  if (from === '' && to === '') return 'whole';
  if (from === '') {
    const suffix = Math.min(Number(to), length);
    return suffix === 0 ? 'unsatisfiable' : { offset: length - suffix, length: suffix };
  }
  const offset = Number(from);
  const last = to === '' ? Number.POSITIVE_INFINITY : Number(to);
  if (last < offset) return 'whole';
  if (offset >= length) return 'unsatisfiable';
  return { offset, length: Math.min(last, length - 1) - offset + 1 };
}

/**
 * The first and last position as they are written. It splits the text because a regular expression with white space on
 * both sides of the digits takes quadratic time.
 */
function positions(header: string): readonly [from: string, to: string] {
  const [unit = '', range = '', ...more] = header.split('=', 3).map((text) => text.trim());
  const [from = '', to, ...others] = range.split('-', 3).map((text) => text.trim());
  const understood = unit.toLowerCase() === 'bytes' && more.length === 0 && to !== undefined && others.length === 0;
  return understood && /^\d*$/.test(from) && /^\d*$/.test(to) ? [from, to] : ['', ''];
}

/** The Content-Range of a 206 (RFC 9110 14.4). @param length of the whole representation */
export function contentRange(range: ByteRange, length: number): string {
  return `bytes ${range.offset}-${range.offset + range.length - 1}/${length}`;
}

/** The Content-Range of a 416 (RFC 9110 14.4). */
export function unsatisfiedRange(length: number): string {
  return `bytes */${length}`;
}
