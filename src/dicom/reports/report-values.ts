import type { DicomJson, DicomJsonAttribute, PersonName } from '../json/json-model';

/** A value in readable form. */
export interface ReadableValue {
  readonly text: string;
  /** The code of a coded value, which identifies it besides the text. */
  readonly code?: string;
}

/** The first value of an attribute as text; empty when there is none. */
export function textAt(dataSet: DicomJson, tag: string): string {
  const value = dataSet[tag]?.Value?.[0];
  if (value === undefined || value === null || typeof value === 'object') return '';
  return String(value).trim();
}

/** The numbers of an attribute, in order; other values are left out. */
export function numbersAt(dataSet: DicomJson, tag: string): number[] {
  const values = dataSet[tag]?.Value ?? [];
  return values.map((value) => (value === null ? Number.NaN : Number(value))).filter((value) => !Number.isNaN(value));
}

/** The items of a sequence; an empty item is a data set without attributes. */
export function itemsAt(dataSet: DicomJson, tag: string): DicomJson[] {
  const { vr, Value = [] } = dataSet[tag] ?? ({ vr: 'SQ' } satisfies DicomJsonAttribute);
  return vr === 'SQ' ? Value.map((item) => (item ?? {}) as DicomJson) : [];
}

/**
 * The first coded entry of a sequence (PS3.3 8): its meaning as text, and value and scheme as code. For an entry
 * without meaning, the text is its value.
 */
export function codeAt(dataSet: DicomJson, tag: string): ReadableValue | undefined {
  const [entry] = itemsAt(dataSet, tag);
  if (entry === undefined) return undefined;
  const value = textAt(entry, '00080100') || textAt(entry, '00080119') || textAt(entry, '00080120');
  const scheme = textAt(entry, '00080102');
  const meaning = textAt(entry, '00080104');
  const code = [value, scheme].filter((part) => part !== '').join(', ');
  if (meaning === '' && code === '') return undefined;
  return code === '' ? { text: meaning } : { text: meaning || code, code };
}

/** YYYYMMDD as YYYY-MM-DD; other text is returned unchanged. */
export function readableDate(date: string): string {
  return date.replace(/^(\d{4})\.?(\d\d)\.?(\d\d)$/, '$1-$2-$3');
}

/** HHMMSS.FFFFFF as HH:MM:SS.FFFFFF, as far as its parts are given. */
export function readableTime(time: string): string {
  return time.replace(/^(\d\d)(\d\d)(\d\d(?:\.\d{1,6})?)?$/, (_, hour, minute, second) =>
    [hour, minute, ...(second === undefined ? [] : [second])].join(':'),
  );
}

/** YYYYMMDDHHMMSS.FFFFFF&ZZXX with its parts separated, as far as they are given. */
export function readableDateTime(dateTime: string): string {
  const [, date = '', time = '', sign = '', hours = '', minutes = ''] =
    /^(\d{8})(\d{4}(?:\d\d(?:\.\d{1,6})?)?)?(?:([+-])(\d\d)(\d\d))?$/.exec(dateTime) ?? [];
  if (date === '') return dateTime;
  const zone = sign === '' ? '' : `${sign}${hours}:${minutes}`;
  return [readableDate(date), readableTime(time), zone].filter((part) => part !== '').join(' ');
}

/** A name with the family name first and its other component groups in parentheses (PS3.5 6.2.1). */
export function readableName(dataSet: DicomJson, tag: string): string {
  const value = dataSet[tag]?.Value?.[0];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return nameGroup(String(value));
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = value as PersonName;
  const [first, ...others] = [Alphabetic, Ideographic, Phonetic].map(nameGroup).filter((group) => group !== '');
  if (first === undefined) return '';
  return others.length === 0 ? first : `${first} (${others.join('; ')})`;
}

function nameGroup(group: string): string {
  const [family = '', given = '', middle = '', prefix = '', suffix = '', ...more] = group
    .split('^')
    .map((part) => part.trim());
  const called = [given, middle].filter((part) => part !== '').join(' ');
  return [family, called, prefix, suffix, ...more].filter((part) => part !== '').join(', ');
}
