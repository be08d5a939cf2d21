import { UNASKED } from '../../archive/memory/upload-memory';
import type { ByteReader, Received } from '../../archive/store/incoming-instance';
import { DicomError } from '../../dicom/errors';
import { isUsableUID } from '../../dicom/instance/identity';
import { readDicomJson } from '../../dicom/json/dicom-json-reader';
import type { DicomJson } from '../../dicom/json/json-model';
import { readDicomXml } from '../../dicom/xml/xml-reader';

/** A data set of a metadata part, or why it is none; with what is known of its instance. */
export interface MetadataEntry {
  readonly instance: Received;
  readonly dataSet?: DicomJson;
  readonly error?: DicomError;
}

/** Objects and arrays of one JSON text: more would not be metadata, and each costs memory beyond its text. */
const MAX_CONTAINERS = 500_000;

/**
 * Reads a metadata part whole.
 * @param extend asks for the memory that a long one takes
 * @throws DicomError `too-large` when it is longer than that
 */
export async function readWhole(
  source: ByteReader,
  maxBytes: number,
  extend: () => Promise<void>,
): Promise<Uint8Array> {
  let bytes = new Uint8Array(64 * 1024);
  let length = 0;
  for (let chunk = await source.read(); chunk !== null; chunk = await source.read()) {
    if (length + chunk.length > maxBytes) throw new DicomError('too-large', 'the metadata is too long');
    if (length + chunk.length > UNASKED / 2) await extend();
    if (length + chunk.length > bytes.length) {
      const grown = new Uint8Array(Math.max(bytes.length * 2, length + chunk.length));
      grown.set(bytes.subarray(0, length));
      bytes = grown;
    }
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}

/**
 * The data sets of a JSON part (PS3.18 annex F): each is good or bad by itself.
 * @throws DicomError `malformed` when it is no JSON, `too-large`
 */
export function jsonEntries(bytes: Uint8Array): MetadataEntry[] {
  let containers = 0;
  for (const byte of bytes) if (byte === 0x7b || byte === 0x5b) containers += 1;
  if (containers > MAX_CONTAINERS) throw new DicomError('too-large', 'the metadata has too many values');
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    throw new DicomError('malformed', 'the metadata is no JSON');
  }
  return (Array.isArray(parsed) ? parsed : [parsed]).map((one: unknown) => entry(one, () => readDicomJson([one])[0]!));
}

/**
 * The data set of an XML part (PS3.19 annex A).
 * @throws DicomError `malformed` when it is none, `too-large`
 */
export function xmlEntries(bytes: Uint8Array): MetadataEntry[] {
  const dataSet = readDicomXml(xmlText(bytes));
  return [{ instance: identityOf(dataSet), dataSet }];
}

/** XML 1.0 appendix F: a byte order mark, else what the declaration says, else UTF-8. */
function xmlText(bytes: Uint8Array): string {
  const declaration = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(declaration)?.[1];
  const marked = /^\xfe\xff/.test(declaration) ? 'utf-16be' : /^\xff\xfe/.test(declaration) ? 'utf-16le' : undefined;
  try {
    return new TextDecoder(marked ?? declared ?? 'utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new DicomError('malformed', 'the text of the metadata is not of the encoding it declares');
  }
}

function entry(raw: unknown, read: () => DicomJson): MetadataEntry {
  try {
    const dataSet = read();
    return { instance: identityOf(dataSet), dataSet };
  } catch (error) {
    if (!(error instanceof DicomError)) throw error;
    return { instance: identityOf(raw), error };
  }
}

/** The UIDs that can be read, whatever else is wrong. */
function identityOf(dataSet: unknown): Received {
  const uid = (tag: string): string | undefined => {
    const value = member(member(member(dataSet, tag), 'Value'), '0');
    return typeof value === 'string' && isUsableUID(value) ? value : undefined;
  };
  return {
    sopClassUID: uid('00080016'),
    sopInstanceUID: uid('00080018'),
    studyInstanceUID: uid('0020000D'),
    seriesInstanceUID: uid('0020000E'),
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
