import type { DicomJson } from '../../../src/dicom/json/json-model';
import { ascii, joined } from '../files/part10';

/** A part of a multipart body. */
export interface TestPart {
  /** Header lines in the form in which they are sent. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | string;
}

export const BOUNDARY = 'boundary-of-a-test';

/** A multipart/related request with the given parts. @param type of the root part, as Content-Type names it */
export function related(
  parts: readonly TestPart[],
  type: string,
): { headers: Record<string, string>; body: Uint8Array } {
  const bytes = parts.flatMap(({ headers, body }) => [
    ascii(`--${BOUNDARY}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`),
    typeof body === 'string' ? new TextEncoder().encode(body) : body,
    ascii('\r\n'),
  ]);
  return {
    headers: { 'Content-Type': `multipart/related; type="${type}"; boundary="${BOUNDARY}"` },
    body: joined([...bytes, ascii(`--${BOUNDARY}--\r\n`)]),
  };
}

/** A part with metadata in DICOM JSON. */
export function jsonPart(dataSets: unknown): TestPart {
  return { headers: ['Content-Type: application/dicom+json'], body: JSON.stringify(dataSets) };
}

/** A part with metadata in Native DICOM Model XML. */
export function xmlPart(document: string): TestPart {
  return { headers: ['Content-Type: application/dicom+xml'], body: document };
}

/** A part with bulk data. @param location to which the metadata refers */
export function bulkPart(location: string, body: Uint8Array, type = 'application/octet-stream'): TestPart {
  return { headers: [`Content-Type: ${type}`, `Content-Location: ${location}`], body };
}

/** Metadata of a CT slice of 16 bits. */
export function sliceMetadata(
  options: { sop?: string; study?: string; rows?: number; more?: DicomJson } = {},
): DicomJson {
  const { sop = '1.2.3.4.1', study = '1.2.3.4', rows = 16, more = {} } = options;
  const ui = (value: string) => ({ vr: 'UI', Value: [value] });
  const us = (value: number) => ({ vr: 'US', Value: [value] });
  return {
    '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
    '00080016': ui('1.2.840.10008.5.1.4.1.1.2'),
    '00080018': ui(sop),
    '00080020': { vr: 'DA', Value: ['20240131'] },
    '00080060': { vr: 'CS', Value: ['CT'] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Neptüne^Planet' }] },
    '00100020': { vr: 'LO', Value: ['MRN0000002'] },
    '0020000D': ui(study),
    '0020000E': ui(`${study}.0`),
    '00200013': { vr: 'IS', Value: [1] },
    '00280002': us(1),
    '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
    '00280010': us(rows),
    '00280011': us(rows),
    '00280100': us(16),
    '00280101': us(16),
    '00280102': us(15),
    '00280103': us(0),
    ...more,
  };
}
