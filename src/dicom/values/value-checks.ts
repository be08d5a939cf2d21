import type { WarningReason } from '../warnings';

/**
 * Checks one value of a text VR, without its padding (PS3.5 table 6.2-1). Returns the flaw; undefined when there is
 * none.
 *
 * @param ascii only the default repertoire is allowed, because of the VR or because nothing else is declared
 */
export type ValueCheck = (text: string, ascii: boolean) => WarningReason | undefined;

/** Control characters that are allowed in text of several lines (PS3.5 6.1.3): TAB, LF, FF, CR. */
function isFormatting(code: number): boolean {
  return code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d;
}

/**
 * C0, DEL, C1, and the character that a decoder writes for invalid bytes: not allowed in any value (PS3.5 6.1.2,
 * 6.1.3).
 */
function isForbidden(code: number, ascii: boolean): boolean {
  return code < 0x20 || (code > 0x7e && (ascii || code < 0xa0 || code === 0xfffd));
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}

/** @param maximum maximum length in characters (PS3.5 6.2 counts characters, not bytes) */
function text(maximum: number, lines = false): ValueCheck {
  return (value, ascii) => {
    let length = value.length;
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (isForbidden(code, ascii) && !(lines && isFormatting(code))) return 'invalid-characters';
      if (isLowSurrogate(code)) length--;
    }
    return length > maximum ? 'too-long' : undefined;
  };
}

const MAX_GROUP_CHARACTERS = 64;
const MAX_GROUPS = 3;
const MAX_COMPONENTS = 5;

/** PS3.5 6.2.1: up to three component groups of up to 64 characters, each of up to five components. */
const personName: ValueCheck = (value, ascii) => {
  let groups = 1;
  let components = 1;
  let length = 0;
  let longest = 0;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (isForbidden(code, ascii)) return 'invalid-characters';
    if (code === 0x3d) {
      groups++;
      components = 1;
      length = 0;
      continue;
    }
    if (code === 0x5e && ++components > MAX_COMPONENTS) return 'invalid-value';
    if (!isLowSurrogate(code)) length++;
    if (length > longest) longest = length;
  }
  if (groups > MAX_GROUPS) return 'invalid-value';
  return longest > MAX_GROUP_CHARACTERS ? 'too-long' : undefined;
};

const codeString: ValueCheck = (value) => {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const allowed = (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) || code === 0x20 || code === 0x5f;
    if (!allowed) return 'invalid-characters';
  }
  return value.length > 16 ? 'too-long' : undefined;
};

/** Whether a text is a valid UID by PS3.5 9.1. */
export function isUID(value: string): boolean {
  if (value.length > 64) return false;
  let start = 0;
  for (let at = 0; at <= value.length; at++) {
    const code = at === value.length ? 0x2e : value.charCodeAt(at);
    if (code === 0x2e) {
      if (at === start || (at - start > 1 && value.charCodeAt(start) === 0x30)) return false;
      start = at + 1;
    } else if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** Two digits as a number; NaN when they are not digits. */
function pair(value: string, at: number): number {
  const tens = value.charCodeAt(at) - 0x30;
  const ones = value.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether `value` begins with a valid date of the Gregorian calendar, as eight digits. */
export function beginsWithDate(value: string): boolean {
  const century = pair(value, 0);
  const year = pair(value, 2);
  const month = pair(value, 4);
  const day = pair(value, 6);
  const days = DAYS[month - 1];
  // A sum with NaN is NaN, and every comparison with NaN is false.
  if (days === undefined || !(century + year >= 0) || !(day >= 1 && day <= days)) return false;
  if (month !== 2 || day < 29) return true;
  return year === 0 ? century % 4 === 0 : year % 4 === 0;
}

/** The older forms 1993.08.22 and 10:11:12 are "not compliant" (PS3.5 table 6.2-1, notes). */
const date: ValueCheck = (value) => (value.length === 8 && beginsWithDate(value) ? undefined : 'invalid-value');

/** Whether `value[from..end)` is a time: HH, MM and SS, of which the last may be missing, then a fraction. */
function isTime(value: string, from: number, end: number): boolean {
  let at = from;
  for (const maximum of [23, 59, 60]) {
    if (at === end && at > from) return true;
    if (at + 2 > end || !(pair(value, at) <= maximum)) return false;
    at += 2;
  }
  if (at === end) return true;
  const digits = end - at - 1;
  if (value.charCodeAt(at) !== 0x2e || digits < 1 || digits > 6) return false;
  for (at++; at < end; at++) if (!(value.charCodeAt(at) >= 0x30 && value.charCodeAt(at) <= 0x39)) return false;
  return true;
}

const time: ValueCheck = (value) => (isTime(value, 0, value.length) ? undefined : 'invalid-value');

/** PS3.5 table 6.2-1: an offset ranges from -1200 to +1400. */
const OFFSET = /[+-](?:0\d|1[0-4])[0-5]\d$/;

const dateTime: ValueCheck = (value) => {
  if (value.length > 26) return 'too-long';
  const local = value.replace(OFFSET, '');
  const day = local.slice(0, 8);
  // A year alone, or a year and a month, is allowed.
  const known = day.length === 4 || day.length === 6 || day.length === 8;
  if (!known || !beginsWithDate(`${day}0101`)) return 'invalid-value';
  return local.length <= 8 || isTime(local, 8, local.length) ? undefined : 'invalid-value';
};

const age: ValueCheck = (value) => (/^\d{3}[DWMY]$/.test(value) ? undefined : 'invalid-value');

/** No valid number is longer, so longer text need not be matched against the pattern. */
const MAX_NUMBER_CHARACTERS = 64;

/** Number() alone would accept "0x10" and the empty text. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The number in a DS or IS value; undefined when the text is not a number, or not one that JSON can hold (PS3.5 6.2).
 */
export function numberOf(value: string): number | undefined {
  if (value.length > MAX_NUMBER_CHARACTERS || !DECIMAL.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

const decimalString: ValueCheck = (value) => {
  if (numberOf(value) === undefined) return 'invalid-value';
  return value.length > 16 ? 'too-long' : undefined;
};

const INT32 = 2 ** 31;

const integerString: ValueCheck = (value) => {
  if (value.length > 12) return 'too-long';
  if (!/^[+-]?\d+$/.test(value)) return 'invalid-value';
  const number = Number(value);
  return number >= -INT32 && number < INT32 ? undefined : 'invalid-value';
};

const uri: ValueCheck = (value) => {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code <= 0x20 || code > 0x7e) return 'invalid-characters';
  }
  return undefined;
};

/** The check of each text VR by its name; binary VRs have none. */
export const VALUE_CHECKS: Readonly<Record<string, ValueCheck>> = {
  AE: text(16),
  AS: age,
  CS: codeString,
  DA: date,
  DS: decimalString,
  DT: dateTime,
  IS: integerString,
  LO: text(64),
  LT: text(10_240, true),
  PN: personName,
  SH: text(16),
  ST: text(1024, true),
  TM: time,
  UC: text(Number.POSITIVE_INFINITY),
  UI: (value) => (isUID(value) ? undefined : 'invalid-uid'),
  UR: uri,
  UT: text(Number.POSITIVE_INFINITY, true),
};
