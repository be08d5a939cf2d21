/**
 * What can be wrong with a DICOM file.
 *
 * - `not-part10`: neither a file of PS3.10 7.1 nor a data set without file meta information.
 * - `truncated`: the file ends inside a data element, before the instance is identified.
 * - `malformed`: the bytes are not a data set, or a unique identifier cannot be used.
 * - `unsupported-transfer-syntax`: the transfer syntax does not encode a data set.
 * - `missing-identity`: study, series, instance or class UID is absent.
 * - `too-large`: a limit of the reader is exceeded.
 */
export type DicomErrorCode =
  | 'not-part10'
  | 'truncated'
  | 'malformed'
  | 'unsupported-transfer-syntax'
  | 'missing-identity'
  | 'too-large';

/**
 * An error for a file that cannot be read. The message never contains the value of an attribute, so it may be logged
 * and sent to the client.
 */
export class DicomError extends Error {
  readonly code: DicomErrorCode;
  /** The attribute concerned, as eight hexadecimal digits. */
  readonly tag?: string;

  constructor(code: DicomErrorCode, message: string, tag?: string) {
    super(message);
    this.name = 'DicomError';
    this.code = code;
    if (tag !== undefined) this.tag = tag;
  }
}
