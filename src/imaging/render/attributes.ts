import type { DicomJson } from '../../dicom/json/json-model';

/** Reads one number of an attribute's values. DS and IS may be text (PS3.18 F.2.3). */
export function numberOf(dataSet: DicomJson | undefined, tag: string, index = 0): number | undefined {
  const value = dataSet?.[tag]?.Value?.[index];
  if (value === undefined || value === null || value === '' || typeof value === 'object') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Reads all values of an attribute that are numbers. */
export function numbersOf(dataSet: DicomJson | undefined, tag: string): number[] {
  const values = dataSet?.[tag]?.Value ?? [];
  return values.map((_, index) => numberOf(dataSet, tag, index)).filter((value) => value !== undefined);
}

/** Reads a text value of an attribute without its padding. */
export function textOf(dataSet: DicomJson | undefined, tag: string, index = 0): string | undefined {
  const value = dataSet?.[tag]?.Value?.[index];
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return text === '' ? undefined : text;
}

/** The items of a sequence. */
export function itemsOf(dataSet: DicomJson | undefined, tag: string): DicomJson[] {
  const values = dataSet?.[tag]?.Value ?? [];
  return values.filter((item) => typeof item === 'object' && item !== null) as DicomJson[];
}
