import type { DicomJson, DicomJsonValue } from '../json/json-model';
import { cleanText } from './clean-text';
import { codeItem } from './dummy-value';
import type { PersonalWords } from './personal-words';

/** Coding schemes of the standard (PS3.16 table 8-1). The codes of other schemes were made up at some place. */
const STANDARD_SCHEMES: ReadonlySet<string> = new Set([
  'DCM',
  'SCT',
  'SRT',
  'SNM3',
  '99SDM',
  'LN',
  'UCUM',
  'RADLEX',
  'FMA',
  'NCIt',
  'I9',
  'I9C',
  'I10',
  'I10P',
  'BI',
  'ACR',
  'ATC',
  'RXNORM',
  'UMLS',
]);

/**
 * Concept names whose values identify persons, places and procedures (PS3.16 TID 1001 to 1008, DCM): observers,
 * organizations, devices, the subject with age and sex, and identifiers of the procedure. They are replaced whatever the
 * other options retain.
 */
const IDENTIFYING_CONCEPTS: ReadonlySet<string> = new Set([
  ...Array.from({ length: 34 }, (_, at) => String(121003 + at)),
  '121039',
  '121041',
  '110190',
  '113870',
  '113871',
  '113873',
  '113874',
]);

/**
 * A code of a standard scheme whose meaning is cleaned; when nothing of the meaning is kept, it is the code itself.
 * @returns undefined for a code of another scheme
 */
export function cleanCode(item: DicomJsonValue | null, names: PersonalWords): DicomJson | undefined {
  if (item === null || typeof item !== 'object') return undefined;
  const code = textAt(item as DicomJson, '00080100');
  const scheme = textAt(item as DicomJson, '00080102');
  if (code === undefined || scheme === undefined || !STANDARD_SCHEMES.has(scheme)) return undefined;
  if (!/^[\w.{}/[\]%*^-]{1,16}$/.test(code)) return undefined;
  return codeItem(code, scheme, cleanText(textAt(item as DicomJson, '00080104') ?? '', names) || code);
}

/** Whether the value of a content item (PS3.3 C.17.3) is replaced, because of its concept name. */
export function isIdentifyingItem(item: DicomJson): boolean {
  const name = item['0040A043']?.Value?.[0];
  if (name === null || typeof name !== 'object') return false;
  const code = textAt(name as DicomJson, '00080100');
  return textAt(name as DicomJson, '00080102') === 'DCM' && code !== undefined && IDENTIFYING_CONCEPTS.has(code);
}

function textAt(item: DicomJson, tag: string): string | undefined {
  const value = item[tag]?.Value?.[0];
  return typeof value === 'string' ? value.trim() : undefined;
}
