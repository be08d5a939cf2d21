import { type SearchKey, TAG } from '../archive/attributes';
import type { MatchValue } from '../archive/search-query';

/** Keys that take a list although they are no UIDs: viewers send `ModalitiesInStudy=MG,XA` for any of the two. */
const LISTED: ReadonlySet<string> = new Set([TAG.modalitiesInStudy, TAG.modality]);

/** Universal matching (PS3.4 C.2.2.2.3): nothing, or a `*` alone. Every entity matches. */
export function isUniversal(text: string): boolean {
  return /^\**$/.test(text.trim());
}

/**
 * A query parameter's value as the key's value representation lets it match (PS3.4 C.2.2.2).
 * @returns undefined when it is no value of that representation
 */
export function parseMatchValue(key: SearchKey, text: string): MatchValue | undefined {
  // Spaces around a value do not count (PS3.5 6.2).
  const value = text.trim();
  if (key.matching === 'uid' || LISTED.has(key.path)) return listed(value, key.matching !== 'uid');
  switch (key.matching) {
    case 'number':
      return /^[+-]?\d{1,12}$/.test(value) ? { kind: 'single', value: String(Number(value)) } : undefined;
    case 'date':
      return isDate(value) ? { kind: 'single', value } : range(value, isDate);
    case 'time':
      // A time that leaves out smaller units stands for all of the unit that it names.
      return isTime(value) ? { kind: 'range', from: value, to: value } : range(value, isTime);
    default:
      return textual(value);
  }
}

/** Wildcard matching is for text alone, never for dates, times, numbers or UIDs (PS3.4 C.2.2.2.4). */
function textual(value: string): MatchValue {
  return /[*?]/.test(value) ? { kind: 'wildcard', pattern: value } : { kind: 'single', value };
}

/** List of UID matching (PS3.4 C.2.2.2.2): commas in PS3.18 8.3.4.1, backslashes in DIMSE and from viewers. */
function listed(value: string, wildcards: boolean): MatchValue | undefined {
  const values = value
    .split(/[,\\]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const [first] = values;
  if (first === undefined) return undefined;
  if (values.length === 1 && wildcards) return textual(first);
  if (values.some((item) => /[*?]/.test(item))) return undefined;
  return values.length === 1 ? { kind: 'single', value: first } : { kind: 'list', values };
}

/** `A-B`, `A-` or `-B` (PS3.4 C.2.2.2.5). */
function range(value: string, isValid: (text: string) => boolean): MatchValue | undefined {
  const [from, to, ...rest] = value.split('-').map((end) => end.trim());
  if (from === undefined || to === undefined || rest.length > 0 || (from === '' && to === '')) return undefined;
  if (![from, to].every((end) => end === '' || isValid(end))) return undefined;
  return { kind: 'range', ...(from !== '' && { from }), ...(to !== '' && { to }) };
}

/** PS3.5 6.2, DA. */
function isDate(text: string): boolean {
  const [, month, day] = /^\d{4}(\d\d)(\d\d)$/.exec(text)?.map(Number) ?? [];
  return month !== undefined && month >= 1 && month <= 12 && day !== undefined && day >= 1 && day <= 31;
}

/** PS3.5 6.2, TM: from hours alone to millionths of a second; 60 is a leap second. */
function isTime(text: string): boolean {
  return /^([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)?$/.test(text);
}
