import type { DicomJson, DicomJsonAttribute } from '../json/json-model';

/** PS3.3 C.24.2: the document in an instance that encapsulates one. */
export interface EncapsulatedDocument {
  /** `type/subtype`, in lower case, without parameters. */
  readonly mediaType: string;
  /** Encapsulated Document (0042,0011), whose value is the document's bytes. */
  readonly attribute: DicomJsonAttribute;
  /**
   * Length of the document in bytes, when the instance states it: a value of odd length is followed by a padding byte.
   */
  readonly length?: number;
}

const ENCAPSULATED_DOCUMENT = '00420011';
const MIME_TYPE_OF_ENCAPSULATED_DOCUMENT = '00420012';
const ENCAPSULATED_DOCUMENT_LENGTH = '00420015';

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** The media type of the documents of each SOP class (PS3.3 A.45, A.85, A.105, A.106). */
const BY_CLASS: Readonly<Record<string, string>> = {
  [`${STORAGE}104.1`]: 'application/pdf',
  [`${STORAGE}104.2`]: 'text/xml',
  [`${STORAGE}104.3`]: 'model/stl',
  [`${STORAGE}104.4`]: 'model/obj',
  [`${STORAGE}104.5`]: 'model/mtl',
};

/** All media types of these SOP classes. */
export const DOCUMENT_TYPES: readonly string[] = Object.values(BY_CLASS);

/** Media type of the documents of a SOP class; undefined for other classes. */
export function documentTypeOfClass(sopClassUID: string): string | undefined {
  return BY_CLASS[sopClassUID];
}

/**
 * The document that a data set encapsulates. Its type is the one that the data set names, otherwise that of the SOP
 * class. The bytes are not checked. A caller that sends the document to a browser must decide which types are safe: an
 * instance may name any type.
 * @returns undefined when there is no document
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
