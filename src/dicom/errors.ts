/**
 * What can be wrong with a DICOM file.
 *
 * - `not-part10`: neither a file of PS3.10 7.1 nor a data set without its meta information.
 * - `truncated`: the file ends inside a data element, before it has said which instance it is.
 * - `malformed`: the bytes are no data set, or a unique identifier cannot be used.
 * - `unsupported-transfer-syntax`: one that encodes no data set.
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

/** A file that cannot be read. The message never holds an attribute's value, so that it may be logged and sent. */
export class DicomError extends Error {
  readonly code: DicomErrorCode;
  /** The attribute concerned, eight hexadecimal digits. */
  readonly tag?: string;

  constructor(code: DicomErrorCode, message: string, tag?: string) {
    super(message);
    this.name = 'DicomError';
    this.code = code;
    if (tag !== undefined) this.tag = tag;
  }
}
