import { comparableNumber, dateTimeSpan } from '../../archive/search/comparable-value';
import { type SearchKey, TAG } from '../../archive/search/search-keys';
import type { MatchValue } from '../../archive/search/search-query';
import { isUsableUID } from '../../dicom/instance/identity';
import { beginsWithDate } from '../../dicom/values/value-checks';

/** Kinds of matching that a request asks for in addition to those that every search has (PS3.18 8.3.4.5, 8.3.4.6). */
export interface MatchingOptions {
  /** Two quotation marks match an empty value (PS3.4 C.2.2.2.7). */
  readonly emptyValues?: boolean;
  /** Values joined by backslashes match an entity that has each of them (PS3.4 C.2.2.2.8). */
  readonly multipleValues?: boolean;
}

/**
 * Keys that accept a list although they are not UIDs: viewers send `ModalitiesInStudy=MG,XA` to find either modality.
 */
const LISTED: ReadonlySet<string> = new Set([TAG.modalitiesInStudy, TAG.modality]);

/** Universal matching (PS3.4 C.2.2.2.3): an empty value or a single `*` matches every entity. */
export function isUniversal(text: string): boolean {
  return /^\**$/.test(text.trim());
}

/**
 * Parses the value of a query parameter by the rules for the key's value representation (PS3.4 C.2.2.2).
 * @returns undefined when it is not a valid value of that representation
 */
export function parseMatchValue(key: SearchKey, text: string, options: MatchingOptions = {}): MatchValue | undefined {
  // Leading and trailing spaces are not part of a value (PS3.5 6.2).
  const value = text.trim();
  if (options.emptyValues && value === '""') return { kind: 'empty' };
  if (options.multipleValues && value.includes('\\') && hasMultipleValues(key)) return everyOne(value);
  if (key.matching === 'uid') return uids(value);
  if (LISTED.has(key.path)) return listed(value);
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
      // A time without its smaller units stands for the whole of its smallest unit.
      const moment = time(value);
      return moment === undefined ? range(value, time) : { kind: 'range', from: moment, to: moment, isOne: true };
    }
    default:
      return textual(value);
  }
}

/**
 * Parses Timezone Offset From UTC (0008,0201) into minutes east of Greenwich. A plus sign that was not percent-encoded
 * arrives as a space and has been trimmed.
 * @param text `+0130`, `-0500` (PS3.3 C.12.1)
 * @returns undefined when it is not an offset: the range is -1200 to +1400 (PS3.5 6.2, DT)
 */
export function parseTimezoneOffset(text: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-]?)(\d\d)([0-5]\d)$/.exec(text.trim()) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return offset >= -12 * 60 && offset <= 14 * 60 ? offset : undefined;
}

/** Value representations for which multiple value matching is defined (PS3.4 C.2.2.2.8). */
const MULTIPLE: ReadonlySet<string> = new Set(['AE', 'AS', 'AT', 'CS', 'LO', 'PN', 'SH', 'UC']);

/**
 * Only ModalitiesInStudy among the standard's keys has a value multiplicity above 1. The attributes that a deployment
 * adds may have several values.
 */
function hasMultipleValues({ matching, source, vr }: SearchKey): boolean {
  return matching === 'modalities' || (source.kind === 'extra' && MULTIPLE.has(vr));
}

/** Multiple value matching has no wildcards. */
function everyOne(value: string): MatchValue | undefined {
  const values = items(value, /\\/);
  return values.length === 0 || values.some(hasWildcard) ? undefined : { kind: 'all', values };
}

/** Wildcard matching is only for text, never for dates, times, numbers or UIDs (PS3.4 C.2.2.2.4). */
function textual(value: string): MatchValue {
  return hasWildcard(value) ? { kind: 'wildcard', pattern: value } : { kind: 'single', value };
}

/**
 * List of UID matching (PS3.4 C.2.2.2.2). A stored UID may have characters that PS3.5 9.1 does not allow. So that it can
 * be found, every character that a path may have is allowed here.
 */
function uids(value: string): MatchValue | undefined {
  const values = items(value, LIST_SEPARATOR);
  return values.every(isUsableUID) ? oneOrList(values) : undefined;
}

/** A list of codes. A single code may have wildcards. */
function listed(value: string): MatchValue | undefined {
  const values = items(value, LIST_SEPARATOR);
  if (values.length === 1) return textual(values[0]!);
  return values.some(hasWildcard) ? undefined : oneOrList(values);
}

/**
 * PS3.18 8.3.4.1 separates values of a list by commas; DIMSE and some viewers separate them by backslashes.
 */
const LIST_SEPARATOR = /[,\\]/;

function oneOrList(values: readonly string[]): MatchValue | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
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

/**
 * Parses `A-B`, `A-` or `-B` (PS3.4 C.2.2.2.5). @param read returns an end of the range in the form used for
 * comparison, or undefined when it is invalid
 */
function range(value: string, read: (text: string) => string | undefined): MatchValue | undefined {
  const [first, last, ...rest] = value.split('-').map((end) => end.trim());
  if (first === undefined || last === undefined || rest.length > 0 || (first === '' && last === '')) return undefined;
  const from = read(first);
  const to = read(last);
  if ((first !== '' && from === undefined) || (last !== '' && to === undefined)) return undefined;
  return { kind: 'range', ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/**
 * Parses a date of the calendar (PS3.5 6.2, DA), also in the ACR-NEMA form YYYY.MM.DD, which the note there recommends to support.
 * Returns YYYYMMDD.
 */
function date(text: string): string | undefined {
  const [, year = '', month = '', day = ''] =
    /^(\d{4})(?:(\d\d)(\d\d)|\.(\d\d)\.(\d\d))$/.exec(text)?.filter(isPresent) ?? [];
  const digits = `${year}${month}${day}`;
  return beginsWithDate(digits) ? digits : undefined;
}

/**
 * Parses a time (PS3.5 6.2, TM), from hours only to millionths of a second; second 60 is a leap second. Also accepts
 * the colons of ACR-NEMA, which the note there recommends to support.
 */
function time(text: string): string | undefined {
  const digits = /^\d\d(:\d\d){1,2}(\.\d+)?$/.test(text) ? text.replaceAll(':', '') : text;
  return /^([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)?$/.test(digits) ? digits : undefined;
}

/**
 * Parses a date and time (PS3.5 6.2, DT), from a year only to millionths of a second, with an optional valid offset
 * from UTC.
 */
function dateTime(text: string): string | undefined {
  const [, offset] = /[ +-](\d{4})$/.exec(text) ?? [];
  if (offset !== undefined && parseTimezoneOffset(text.slice(-5)) === undefined) return undefined;
  const [, day] = /^(\d{8})/.exec(text) ?? [];
  if (day !== undefined && !beginsWithDate(day)) return undefined;
  return dateTimeSpan(text) === undefined ? undefined : text;
}

/**
 * Like `range`, for ends that may contain a hyphen themselves. The first hyphen that leaves a valid moment or nothing
 * on each side separates the ends.
 */
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
