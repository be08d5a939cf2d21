/** Bytes of a representation. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/**
 * Parses Range (RFC 9110 14.2). Several ranges, other units and what is ill-formed count as no range at all.
 * @param length of the representation
 */
export function parseRange(header: string | null, length: number): Range | 'whole' | 'unsatisfiable' {
  const found = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const suffix = Math.min(Number(last), length);
    return suffix === 0 ? 'unsatisfiable' : { offset: length - suffix, length: suffix };
  }
  const offset = Number(first);
  const end = last === '' ? length : Math.min(Number(last) + 1, length);
  if (last !== '' && Number(last) < offset) return 'whole';
  return offset >= length ? 'unsatisfiable' : { offset, length: end - offset };
}

/** Content-Range of a 206 answer (RFC 9110 14.4). */
export function contentRange({ offset, length }: Range, whole: number): string {
  return `bytes ${offset}-${offset + length - 1}/${whole}`;
}
