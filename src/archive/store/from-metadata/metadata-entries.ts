import { DicomError } from '../../../dicom/errors';
import { isUsableUID } from '../../../dicom/instance/identity';
import { readDicomJsonSteps } from '../../../dicom/json/dicom-json-reader';
import type { DicomJson } from '../../../dicom/json/json-model';
import { parseJson } from '../../../dicom/json/json-parser';
import { Progress } from '../../../dicom/steps';
import { readDicomXmlSteps } from '../../../dicom/xml/xml-reader';
import { inTurns } from '../../in-turns';
import { UNASKED } from '../../memory/upload-memory';
import type { ByteReader } from '../incoming/byte-reader';
import type { Received } from '../incoming/received';

/** A data set of a metadata part, or the reason why it is invalid, with what is known about its instance. */
export interface MetadataEntry {
  readonly instance: Received;
  readonly dataSet?: DicomJson;
  readonly error?: DicomError;
}

/**
 * Reads a whole metadata part.
 * @param extend asks for the memory that a long part needs
 * @throws DicomError `too-large` when the part is longer than allowed
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
 * Reads the data sets of a JSON part (PS3.18 annex F). Each is valid or invalid independently of the others.
 * @throws DicomError `malformed` when the part is not JSON, `too-large`
 */
export async function jsonEntries(bytes: Uint8Array): Promise<MetadataEntry[]> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new DicomError('malformed', 'the metadata is not UTF-8');
  }
  const { value, repeated } = await inTurns(parseJson(text));
  const progress = new Progress();
  const entries: MetadataEntry[] = [];
  for (const [at, one] of (Array.isArray(value) ? (value as unknown[]) : [value]).entries()) {
    entries.push(
      await entry(one, async () => {
        if (repeated.has(at)) throw new DicomError('malformed', 'an object names a member twice', repeated.get(at));
        return await inTurns(readDicomJsonSteps(one, progress));
      }),
    );
  }
  return entries;
}

/**
 * Reads the data set of an XML part (PS3.19 annex A).
 * @throws DicomError `malformed` when it is invalid, `too-large`
 */
export async function xmlEntries(bytes: Uint8Array): Promise<MetadataEntry[]> {
  const dataSet = await inTurns(readDicomXmlSteps(xmlText(bytes)));
  return [{ instance: identityOf(dataSet), dataSet }];
}

/** Decodes by XML 1.0 appendix F: a byte order mark, otherwise the encoding in the declaration, otherwise UTF-8. */
function xmlText(bytes: Uint8Array): string {
  const declaration = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(declaration)?.[1];
  const marked = /^\xfe\xff/.test(declaration) ? 'utf-16be' : /^\xff\xfe/.test(declaration) ? 'utf-16le' : undefined;
  try {
    return new TextDecoder(marked ?? declared ?? 'utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new DicomError('malformed', 'the text of the metadata is not in the encoding that it declares');
  }
}

async function entry(raw: unknown, read: () => Promise<DicomJson>): Promise<MetadataEntry> {
  try {
    const dataSet = await read();
    return { instance: identityOf(dataSet), dataSet };
  } catch (error) {
    if (!(error instanceof DicomError)) throw error;
    return { instance: identityOf(raw), error };
  }
}

/** The UIDs that are readable, even if the rest is invalid. */
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
