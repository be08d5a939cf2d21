import { type SearchKey, TAG } from '../../archive/search/attributes';
import { comparableNumber, dateTimeSpan } from '../../archive/search/comparable-value';
import type { MatchValue } from '../../archive/search/search-query';

/** Kinds of matching that a request asks for beyond those that every search has (PS3.18 8.3.4.5, 8.3.4.6). */
export interface MatchingOptions {
  /** Two quotation marks match what has no value (PS3.4 C.2.2.2.7). */
  readonly emptyValues?: boolean;
  /** Values joined by backslashes match what has each of them (PS3.4 C.2.2.2.8). */
  readonly multipleValues?: boolean;
}

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
export function parseMatchValue(key: SearchKey, text: string, options: MatchingOptions = {}): MatchValue | undefined {
  // Spaces around a value do not count (PS3.5 6.2).
  const value = text.trim();
  if (options.emptyValues && value === '""') return { kind: 'empty' };
  if (options.multipleValues && value.includes('\\') && hasMultipleValues(key)) return everyOne(value);
  if (key.matching === 'uid' || LISTED.has(key.path)) return listed(value, key.matching !== 'uid');
  switch (key.matching) {
    case 'number':
      return /^[+-]?\d{1,12}$/.test(value) ? { kind: 'single', value: String(Number(value)) } : undefined;
    case 'decimal':
      return comparableNumber(value) === undefined ? undefined : { kind: 'single', value };
    case 'datetime': {
      const moment = dateTime(value);
      return moment === undefined ? dateTimeRange(value) : { kind: 'range', from: moment, to: moment };
    }
    case 'date': {
      const day = date(value);
      return day === undefined ? range(value, date) : { kind: 'single', value: day };
    }
    case 'time': {
      // A time that leaves out smaller units stands for all of the unit that it names.
      const moment = time(value);
      return moment === undefined ? range(value, time) : { kind: 'range', from: moment, to: moment };
    }
    default:
      return textual(value);
  }
}

/**
 * What Timezone Offset From UTC (0008,0201) says: minutes east of Greenwich. A plus sign that was not percent-encoded has
 * become a space, and is then left out.
 * @param text `+0130`, `-0500` (PS3.3 C.12.1)
 * @returns undefined when it is no offset: there is none west of -1200 or east of +1400 (PS3.5 6.2, DT)
 */
export function parseTimezoneOffset(text: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-]?)(\d\d)([0-5]\d)$/.exec(text.trim()) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return offset >= -12 * 60 && offset <= 14 * 60 ? offset : undefined;
}

/** Value representations of which an attribute of several values matches by several (PS3.4 C.2.2.2.8). */
const MULTIPLE: ReadonlySet<string> = new Set(['AE', 'AS', 'AT', 'CS', 'LO', 'PN', 'SH', 'UC']);

/** Of the standard's keys ModalitiesInStudy alone has a value multiplicity above 1; what a deployment adds may have. */
function hasMultipleValues({ matching, source, vr }: SearchKey): boolean {
  return matching === 'modalities' || (source.kind === 'extra' && MULTIPLE.has(vr));
}

/** Wildcards are no part of multiple value matching. */
function everyOne(value: string): MatchValue | undefined {
  const values = items(value, /\\/);
  return values.length === 0 || values.some(hasWildcard) ? undefined : { kind: 'all', values };
}

/** Wildcard matching is for text alone, never for dates, times, numbers or UIDs (PS3.4 C.2.2.2.4). */
function textual(value: string): MatchValue {
  return hasWildcard(value) ? { kind: 'wildcard', pattern: value } : { kind: 'single', value };
}

/** List of UID matching (PS3.4 C.2.2.2.2): commas in PS3.18 8.3.4.1, backslashes in DIMSE and from viewers. */
function listed(value: string, wildcards: boolean): MatchValue | undefined {
  const values = items(value, /[,\\]/);
  const [first] = values;
  if (first === undefined) return undefined;
  if (values.length === 1 && wildcards) return textual(first);
  if (values.some(hasWildcard)) return undefined;
  return values.length === 1 ? { kind: 'single', value: first } : { kind: 'list', values };
}

function items(value: string, separator: RegExp): string[] {
  return value
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function hasWildcard(value: string): boolean {
  return /[*?]/.test(value);
}

/** `A-B`, `A-` or `-B` (PS3.4 C.2.2.2.5). @param read gives an end as it is compared; undefined when it is none */
function range(value: string, read: (text: string) => string | undefined): MatchValue | undefined {
  const [first, last, ...rest] = value.split('-').map((end) => end.trim());
  if (first === undefined || last === undefined || rest.length > 0 || (first === '' && last === '')) return undefined;
  const from = read(first);
  const to = read(last);
  if ((first !== '' && from === undefined) || (last !== '' && to === undefined)) return undefined;
  return { kind: 'range', ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** PS3.5 6.2, DA; also the YYYY.MM.DD of ACR-NEMA, which its note recommends to understand. As YYYYMMDD. */
function date(text: string): string | undefined {
  const [, year = '', month = '', day = ''] =
    /^(\d{4})(?:(\d\d)(\d\d)|\.(\d\d)\.(\d\d))$/.exec(text)?.filter(isPresent) ?? [];
  const exists = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
  return exists ? `${year}${month}${day}` : undefined;
}

/**
 * PS3.5 6.2, TM: from hours alone to millionths of a second; 60 is a leap second. Also the colons of ACR-NEMA, which its
 * note recommends to understand.
 */
function time(text: string): string | undefined {
  const digits = /^\d\d(:\d\d){1,2}(\.\d+)?$/.test(text) ? text.replaceAll(':', '') : text;
  return /^([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)?$/.test(digits) ? digits : undefined;
}

/** PS3.5 6.2, DT: from a year alone to millionths of a second, and an offset from UTC that exists. */
function dateTime(text: string): string | undefined {
  const [, offset] = /[ +-](\d{4})$/.exec(text) ?? [];
  if (offset !== undefined && parseTimezoneOffset(text.slice(-5)) === undefined) return undefined;
  return dateTimeSpan(text) === undefined ? undefined : text;
}

/** As range, for ends that may hold a hyphen of their own: the first that leaves a moment, or nothing, on either side. */
function dateTimeRange(value: string): MatchValue | undefined {
  for (let at = value.indexOf('-'); at >= 0; at = value.indexOf('-', at + 1)) {
    const first = value.slice(0, at).trim();
    const last = value.slice(at + 1).trim();
    const from = dateTime(first);
    const to = dateTime(last);
    const open = first === '' ? to !== undefined : from !== undefined && last === '';
    if (!open && (from === undefined || to === undefined)) continue;
    return { kind: 'range', ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  }
  return undefined;
}

function isPresent(group: string | undefined): boolean {
  return group !== undefined;
}
