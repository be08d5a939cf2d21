import type { DicomJson } from '../json/json-model';
import {
  codeAt,
  itemsAt,
  numbersAt,
  type ReadableValue,
  readableDate,
  readableDateTime,
  readableName,
  readableTime,
  textAt,
} from './report-values';

/** Texts that are kept outside of the metadata, by their BulkDataURIs. */
export type LongTexts = ReadonlyMap<string, string>;

/** No text is kept outside of the metadata. */
export const NO_LONG_TEXTS: LongTexts = new Map();

/** The value of a content item in readable form (PS3.3 C.17.3, C.18). Containers have none. */
export function itemValue(item: DicomJson, valueType: string, longTexts: LongTexts): ReadableValue {
  switch (valueType) {
    case 'CONTAINER':
      return { text: '' };
    case 'TEXT':
      return { text: longText(item, '0040A160', longTexts) };
    case 'CODE':
      return codeAt(item, '0040A168') ?? { text: '' };
    case 'NUM':
      return measurement(item);
    case 'PNAME':
      return { text: readableName(item, '0040A123') };
    case 'DATE':
      return { text: readableDate(textAt(item, '0040A121')) };
    case 'TIME':
      return { text: readableTime(textAt(item, '0040A122')) };
    case 'DATETIME':
      return { text: readableDateTime(textAt(item, '0040A120')) };
    case 'UIDREF':
      return { text: textAt(item, '0040A124') };
    case 'SCOORD':
      return { text: coordinates(item, 2) };
    case 'SCOORD3D':
      return { text: coordinates(item, 3) };
    case 'TCOORD':
      return { text: temporal(item) };
    case 'TABLE':
      return { text: 'a table' };
    default:
      return { text: '' };
  }
}

/** Text of several lines keeps its lines. For text that is not among the long ones, the result says where it is. */
function longText(item: DicomJson, tag: string, longTexts: LongTexts): string {
  const { Value, BulkDataURI } = item[tag] ?? {};
  if (BulkDataURI !== undefined) return withLines(longTexts.get(BulkDataURI) ?? BulkDataURI);
  const values = (Value ?? []).map((value) => (value === null || typeof value === 'object' ? '' : String(value)));
  return withLines(values.join('\\'));
}

/** Trailing spaces are not significant (PS3.5 table 6.2-1). */
function withLines(text: string): string {
  return text.replace(/\r\n?/g, '\n').trimEnd();
}

/** PS3.3 C.18.1: a number with its unit; without a number, the reason for its absence. */
function measurement(item: DicomJson): ReadableValue {
  const [measured] = itemsAt(item, '0040A300');
  const qualifier = codeAt(item, '0040A301')?.text;
  if (measured === undefined) return { text: qualifier ?? 'no value' };
  const number = measuredNumber(measured);
  const [unit] = itemsAt(measured, '004008EA');
  const sign = unit === undefined ? '' : textAt(unit, '00080100');
  const meaning = codeAt(measured, '004008EA');
  // UCUM's 1 is not a unit. Text in braces is an annotation, which the code meaning says in words.
  const shown = sign === '1' ? '' : /^$|\{/.test(sign) ? (meaning?.text ?? '') : sign;
  const text = [number, shown, qualifier === undefined ? '' : `(${qualifier})`].filter((part) => part !== '').join(' ');
  return meaning === undefined ? { text } : { text, code: [meaning.text, meaning.code].filter(Boolean).join(', ') };
}

function measuredNumber(measured: DicomJson): string {
  const decimal = textAt(measured, '0040A30A');
  if (decimal !== '') return decimal;
  const [numerator, denominator] = [textAt(measured, '0040A162'), textAt(measured, '0040A163')];
  return numerator !== '' && denominator !== '' ? `${numerator}/${denominator}` : textAt(measured, '0040A161');
}

/** PS3.3 C.18.6, C.18.9: the kind of graphic, then its points. */
function coordinates(item: DicomJson, dimensions: 2 | 3): string {
  const kind = textAt(item, '00700023');
  const uri = item['00700022']?.BulkDataURI;
  if (uri !== undefined) return `${kind} ${uri}`.trim();
  const data = numbersAt(item, '00700022').map(shortNumber);
  const points: string[] = [];
  for (let at = 0; at < data.length; at += dimensions) points.push(`(${data.slice(at, at + dimensions).join(', ')})`);
  const frameOfReference = textAt(item, '30060024');
  return [kind, ...points, ...(frameOfReference === '' ? [] : [`in frame of reference ${frameOfReference}`])]
    .filter((part) => part !== '')
    .join(' ');
}

/** Removes surplus digits: FL values are kept as doubles, with all digits of the double. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(8)));
}

/** Temporal coordinates (PS3.3 C.18.7). */
function temporal(item: DicomJson): string {
  const kind = textAt(item, '0040A130');
  const samples = numbersAt(item, '0040A132').map(String);
  const offsets = numbersAt(item, '0040A138').map((offset) => `${offset} s`);
  const times = (item['0040A13A']?.Value ?? []).map((time) => readableDateTime(String(time)));
  const where = [
    samples.length === 0 ? '' : `samples ${samples.join(', ')}`,
    offsets.length === 0 ? '' : `offsets ${offsets.join(', ')}`,
    times.join(', '),
  ];
  return [kind, ...where].filter((part) => part !== '').join(' ');
}
