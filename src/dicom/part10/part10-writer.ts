import { DataSetWriter } from '../data-set/data-set-writer';
import { needsUnicode } from '../data-set/written-attributes';
import { transferSyntaxOf } from '../dictionary/transfer-syntaxes';
import { DicomError } from '../errors';
import type { BulkSource } from '../instance/bulk-source';
import { isUsableUID } from '../instance/identity';
import type { DicomJson } from '../json/json-model';
import { finished, Progress, type Steps } from '../steps';
import { writeFileMeta } from './file-meta-writer';
import { Part10Layout, type Sized } from './part10-layout';

export type { BulkSource } from '../instance/bulk-source';
export { chunksOf } from './part10-layout';

/** Options of `part10File`. */
export interface Part10Options<Source extends Sized = BulkSource> {
  readonly transferSyntaxUID: string;
  /**
   * The value of a BulkDataURI: one source, or for encapsulated pixel data one source for each frame. Undefined: the
   * URI is unknown.
   */
  bulk(uri: string): readonly (Source | Uint8Array)[] | undefined;
  /** Stands for all items of encapsulated pixel data, when the lengths of the frames are not known yet. */
  readonly items?: Source;
}

/** A file that is ready to be written. */
export interface Part10File<Source extends Sized = BulkSource> {
  /** Length in bytes, according to the stated lengths of the sources. */
  readonly length: number;
  /** The contents of the file in order. */
  readonly parts: readonly (Uint8Array | Source)[];
}

/** The attributes that every instance must have, in the order in which their absence is reported. */
const IDENTIFIERS = ['00080016', '00080018', '0020000D', '0020000E'];

/**
 * Lays out the PS3.10 file of a data set given as DICOM JSON (PS3.18 10.5.1, F.2). Everything but bulk data is kept in
 * memory; only the lengths of bulk data are known until the file is read.
 *
 * Text that is not ASCII is written as UTF-8, and Specific Character Set says so. A value too long for a 16-bit length
 * becomes UN (PS3.5 6.2.2). Fragments and values are padded to even length.
 *
 * @throws DicomError naming the attribute that cannot be written: `missing-identity`, `malformed` (a value not valid
 * for its VR, no bulk data for its URI), `too-large` (for the length fields of PS3.5 or the nesting of sequences),
 * `unsupported-transfer-syntax` (big-endian, deflated, or not known)
 */
export function part10File<Source extends Sized = BulkSource>(
  dataSet: DicomJson,
  options: Part10Options<Source>,
): Part10File<Source> {
  return finished(part10FileSteps(dataSet, options));
}

/**
 * Lays out a file like `part10File`, piece by piece, for a data set of any length.
 * @param progress of all files that are laid out one after the other
 */
export function* part10FileSteps<Source extends Sized = BulkSource>(
  dataSet: DicomJson,
  options: Part10Options<Source>,
  progress = new Progress(),
): Steps<Part10File<Source>> {
  const syntax = transferSyntaxOf(options.transferSyntaxUID);
  if (syntax === undefined || syntax.bigEndian || syntax.deflated) {
    throw new DicomError('unsupported-transfer-syntax', 'files cannot be written in this transfer syntax', '00020010');
  }
  const [sopClassUID, sopInstanceUID] = IDENTIFIERS.map((tag) => identifier(dataSet, tag));
  const unicode = yield* needsUnicode(dataSet, progress);
  const layout = new Part10Layout<Source>();
  writeFileMeta(layout, syntax.uid, sopClassUID!, sopInstanceUID!);
  const { items } = options;
  const bulk = (uri: string) => options.bulk(uri);
  yield* new DataSetWriter<Source>(layout, { syntax, unicode, bulk, items, progress }).write(dataSet, true);
  return { length: layout.length, parts: layout.parts() };
}

/** A required UID of the data set. */
function identifier(dataSet: DicomJson, tag: string): string {
  const values = Object.hasOwn(dataSet, tag) ? dataSet[tag]?.Value : undefined;
  const uid = values?.map((value) => (typeof value === 'string' ? value : '')).join('\\') ?? '';
  if (uid === '') throw new DicomError('missing-identity', 'the instance lacks an identifying attribute', tag);
  if (!isUsableUID(uid)) {
    throw new DicomError('malformed', 'a unique identifier has characters or a length that cannot be used', tag);
  }
  return uid;
}
