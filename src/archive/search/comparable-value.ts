import type { DicomJsonValue, PersonName } from '../../dicom/json/json-model';
import { foldCase } from '../../dicom/values/fold-case';
import { foldPersonName } from '../../dicom/values/person-name';
import type { Matching } from './search-keys';

/**
 * A value in the form in which the index keeps it. Two values match when their forms are equal, and the forms of dates
 * and times sort in the order of time. Numbers sort before texts.
 */
export type ComparableValue = string | number;

/**
 * The version of the forms. Change it whenever this file makes other forms of the same values: all values are then
 * indexed again.
 */
export const COMPARABLE_FORM = 1;

/** Characters at the start of a text that can be searched; LO has 64, ST 1024 (PS3.5 table 6.2-1). */
const SEARCHED_CHARACTERS = 1024;

/**
 * The forms of one value of an attribute. A name of several component groups has several forms, because each group is
 * also found separately. A value that its VR does not allow is kept as text.
 * @param timezoneOffset of the data set (0008,0201), minutes
 */
export function comparableValues(matching: Matching, value: DicomJsonValue, timezoneOffset = 0): ComparableValue[] {
  if (typeof value === 'object') return matching === 'name' ? names(value as PersonName) : [];
  const text = comparableText(String(value));
  if (text === '') return [];
  switch (matching) {
    case 'number':
    case 'decimal':
      return [comparableNumber(value) ?? text];
    case 'date':
      return [text.replace(/^(\d{4})\.(\d\d)\.(\d\d)$/, '$1$2$3')];
    case 'time':
      return [timeSpan(text.replace(/^(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?$/, '$1$2$3'))?.first ?? text];
    case 'datetime':
      return [dateTimeSpan(text, timezoneOffset)?.first ?? text];
    case 'name':
      return names(text);
    case 'caseless':
      return [foldCase(text)];
    default:
      return [text];
  }
}

/**
 * Text in the form in which it is compared: without spaces around it, and no longer than the part that can be searched.
 */
export function comparableText(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length <= SEARCHED_CHARACTERS) return trimmed;
  // Half a surrogate pair is not a character.
  return trimmed.slice(0, SEARCHED_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '');
}

/**
 * 5, 5.0, 05 and 5e0 are one number (PS3.5 6.2 DS, IS). An integer beyond 2^53 is compared by its digits.
 * @returns undefined when the value is not a number
 */
export function comparableNumber(value: string | number): ComparableValue | undefined {
  if (typeof value === 'number') return value;
  const text = value.trim();
  if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  if (Number.isSafeInteger(number) || !/^[+-]?\d+$/.test(text)) return number;
  return String(BigInt(text.replace(/^\+/, '')));
}

/** The first and the last moment that a date or time of any precision means, both as comparable values. */
export interface Span {
  readonly first: string;
  readonly last: string;
}

/**
 * HH, HHMM, HHMMSS or HHMMSS.FFFFFF (PS3.5 6.2 TM).
 * @returns undefined when the text is not a time
 */
export function timeSpan(text: string): Span | undefined {
  const [, hour, minute, second, fraction = ''] = /^(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?$/.exec(text) ?? [];
  if (hour === undefined) return undefined;
  return {
    first: `${hour}${minute ?? '00'}${second ?? '00'}.${fraction.padEnd(6, '0')}`,
    last: `${hour}${minute ?? '59'}${second ?? '60'}.${fraction.padEnd(6, '9')}`,
  };
}

/**
 * YYYY, then as much of MMDDHHMMSS.FFFFFF as there is, and the offset from UTC (PS3.5 6.2 DT). A plus sign may arrive
 * as a space.
 */
const DATE_TIME =
  /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?(?:([+ -])(\d\d)(\d\d))?$/;

/**
 * A DT of any precision, as moments in UTC: YYYYMMDDHHMMSS.FFFFFF.
 * @param timezoneOffset minutes, for a text without an offset
 * @returns undefined when the text is not a date and time
 */
export function dateTimeSpan(text: string, timezoneOffset = 0): Span | undefined {
  const [whole, year, month, day, hour, minute, second, fraction = '', sign, hours, minutes] =
    DATE_TIME.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const parts = [month, day, hour, minute, second].map((part) => (part === undefined ? undefined : Number(part)));
  if (!parts.every((part, at) => part === undefined || inRange(part, LEAST[at]!, MOST[at]!))) return undefined;
  const written = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const offset = sign === undefined ? timezoneOffset : written;
  const [mm, dd, hh, mi, ss] = parts;
  const first = utc(Number(year), (mm ?? 1) - 1, dd ?? 1, hh ?? 0, (mi ?? 0) - offset, ss ?? 0);
  // Day 0 is the last day of the month before, so the lengths of months need no table.
  const [lastMonth, lastDay] = dd === undefined ? [mm ?? 12, 0] : [(mm ?? 1) - 1, dd];
  const last = utc(Number(year), lastMonth, lastDay, hh ?? 23, (mi ?? 59) - offset, ss ?? 59);
  return { first: `${first}.${fraction.padEnd(6, '0')}`, last: `${last}.${fraction.padEnd(6, '9')}` };
}

const LEAST = [1, 1, 0, 0, 0];
const MOST = [12, 31, 23, 59, 60];

function inRange(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

/** Fields beyond their range carry over. */
function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): string {
  const date = new Date(0);
  // Date.UTC is not used: it treats years before 100 as years of the last century.
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(hour, minute, second);
  return date.toISOString().slice(0, 19).replace(/[-T:]/g, '');
}

/**
 * An offset such as +0100 (PS3.3 C.12.1.1.8).
 * @returns minutes; undefined when the value is not an offset
 */
export function timezoneOffsetOf(value: unknown): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  return sign === undefined ? undefined : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function names(value: string | PersonName): string[] {
  const name = comparableText(foldPersonName(value));
  const groups = name.split('=').filter((group) => group !== '');
  return [...new Set(groups.length > 1 ? [name, ...groups] : groups)];
}
