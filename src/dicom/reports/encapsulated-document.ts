import type { DicomJson, DicomJsonAttribute } from '../json/json-model';

/** PS3.3 C.24.2: the document of an instance that is little else. */
export interface EncapsulatedDocument {
  /** `type/subtype`, in lower case, without parameters. */
  readonly mediaType: string;
  /** Encapsulated Document (0042,0011), whose value is the document's bytes. */
  readonly attribute: DicomJsonAttribute;
  /** Bytes of the document itself, where it is told: a value of odd length has one more, of padding. */
  readonly length?: number;
}

const ENCAPSULATED_DOCUMENT = '00420011';
const MIME_TYPE_OF_ENCAPSULATED_DOCUMENT = '00420012';
const ENCAPSULATED_DOCUMENT_LENGTH = '00420015';

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** What the documents of a SOP class are (PS3.3 A.45, A.85, A.105, A.106). */
const BY_CLASS: Readonly<Record<string, string>> = {
  [`${STORAGE}104.1`]: 'application/pdf',
  [`${STORAGE}104.2`]: 'text/xml',
  [`${STORAGE}104.3`]: 'model/stl',
  [`${STORAGE}104.4`]: 'model/obj',
  [`${STORAGE}104.5`]: 'model/mtl',
};

/** Media types of documents that SOP classes have. */
export const DOCUMENT_TYPES: readonly string[] = Object.values(BY_CLASS);

/** Media type of the documents of a SOP class; undefined for a class that has none. */
export function documentTypeOfClass(sopClassUID: string): string | undefined {
  return BY_CLASS[sopClassUID];
}

/**
 * The document that a data set encapsulates: of the type that it names, else of its SOP class's. The bytes are not looked
 * at. Whoever shows it to a browser decides which types may be shown: an instance may name any.
 * @returns undefined when there is none
 */
export function encapsulatedDocument(dataSet: DicomJson): EncapsulatedDocument | undefined {
  const attribute = dataSet[ENCAPSULATED_DOCUMENT];
  if (attribute === undefined) return undefined;
  const named = /^\s*([\w.+-]+\/[\w.+-]+)\s*(?:;|$)/.exec(
    String(first(dataSet, MIME_TYPE_OF_ENCAPSULATED_DOCUMENT)),
  )?.[1];
  const mediaType =
    named?.toLowerCase() ?? documentTypeOfClass(String(first(dataSet, '00080016'))) ?? 'application/octet-stream';
  const length = Number(first(dataSet, ENCAPSULATED_DOCUMENT_LENGTH) ?? Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? { mediaType, attribute, length } : { mediaType, attribute };
}

function first(dataSet: DicomJson, tag: string): unknown {
  return dataSet[tag]?.Value?.[0];
}
