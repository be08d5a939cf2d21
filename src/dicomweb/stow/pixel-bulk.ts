import type { SpooledPiece } from '../../archive/store/spool';
import { EXPLICIT_LITTLE_ENDIAN, mediaTypeOf, transferSyntaxOf } from '../../dicom/dictionary/transfer-syntaxes';
import { DicomError } from '../../dicom/errors';
import type { DicomJson } from '../../dicom/json/json-model';
import { defaultTransferSyntaxOf } from '../../dicom/pixels/code-stream';
import { OCTETS } from '../answer/negotiate';
import type { BulkPart } from './bulk-parts';

/** Pixel data as its file will hold it. */
export interface PixelBulk {
  readonly transferSyntaxUID: string;
  readonly pieces: readonly SpooledPiece[];
  /** Image attributes to be stored where the metadata has none (PS3.18 10.5.2). */
  readonly image: DicomJson;
  /** Fewer bytes or frames are there than the image attributes say. */
  readonly incomplete: boolean;
}

const PIXEL_DATA = '7FE00010';

/**
 * In which transfer syntax to store pixel data that came as bulk data (PS3.18 10.5.2, 8.7.3.3): that which the part's
 * type names; else that which the metadata names, if the part is of its kind; else what the bytes are; else what the
 * type alone means. Uncompressed pixels are little-endian words whatever their file's syntax was.
 * @throws DicomError `unsupported-transfer-syntax` for types that are no pixel data, and for big-endian words
 */
export function pixelBulk(parts: readonly BulkPart[], dataSet: DicomJson): PixelBulk {
  const length = parts.reduce((sum, { piece }) => sum + piece.length, 0);
  const expected = nativeLength(dataSet);
  const transferSyntaxUID = syntaxOf(parts[0]!, dataSet, length, expected);
  const syntax = transferSyntaxOf(transferSyntaxUID);
  if (syntax === undefined || syntax.bigEndian) throw unsupported();
  if (!syntax.encapsulated) {
    const pieces = parts.map(({ piece }) => piece);
    return {
      transferSyntaxUID: EXPLICIT_LITTLE_ENDIAN,
      pieces,
      image: {},
      incomplete: expected !== undefined && length < expected,
    };
  }
  const pieces = parts.map(({ piece, codeStream: found }) =>
    found === undefined ? piece : piece.part(found.offset, found.length),
  );
  const incomplete = !syntax.mediaType.startsWith('video/') && pieces.length < number(dataSet, '00280008', 1);
  const frames = pieces.length > 1 ? { '00280008': { vr: 'IS', Value: [pieces.length] } } : {};
  return { transferSyntaxUID, pieces, image: { ...frames, ...parts[0]!.image }, incomplete };
}

function syntaxOf(part: BulkPart, dataSet: DicomJson, length: number, expected: number | undefined): string {
  const { mediaType, codeStream } = part;
  const named = part.transferSyntaxUID ?? '';
  if (named !== '' && named !== '*') return named;
  const declared = declaredSyntax(dataSet);
  if (mediaType === OCTETS) {
    // Octets are uncompressed; but where they cannot be, clients mean the frames as they lie in the file.
    if (length === expected) return EXPLICIT_LITTLE_ENDIAN;
    return declared ?? codeStream?.transferSyntaxUID ?? EXPLICIT_LITTLE_ENDIAN;
  }
  const usual = defaultTransferSyntaxOf(mediaType);
  if (usual === undefined) throw unsupported();
  if (declared !== undefined && mediaTypeOf(declared) === mediaTypeOf(usual)) return declared;
  return codeStream?.transferSyntaxUID ?? usual;
}

/** The compression that the metadata names. */
function declaredSyntax(dataSet: DicomJson): string | undefined {
  return ['00020010', '00083002']
    .map((tag) => String(dataSet[tag]?.Value?.[0] ?? ''))
    .find((uid) => transferSyntaxOf(uid)?.encapsulated);
}

/** The transfer syntax of a data set whose pixel data, if it has any, stands in it as base64. */
export function inlineTransferSyntax(dataSet: DicomJson): string {
  const inline = dataSet[PIXEL_DATA]?.InlineBinary?.trim();
  const declared = declaredSyntax(dataSet);
  if (inline === undefined || inline === '' || declared === undefined) return EXPLICIT_LITTLE_ENDIAN;
  const length = Math.floor((withoutPadding(inline) * 3) / 4);
  return length === nativeLength(dataSet) ? EXPLICIT_LITTLE_ENDIAN : declared;
}

/** Characters of base64 before its padding. (A regular expression for it takes the square of a text of `=`.) */
function withoutPadding(base64: string): number {
  let end = base64.length;
  while (end > 0 && base64[end - 1] === '=') end -= 1;
  return end;
}

function unsupported(): DicomError {
  return new DicomError('unsupported-transfer-syntax', 'the pixel data is of no type that can be stored', PIXEL_DATA);
}

/** Bytes of uncompressed pixel data (PS3.5 8.1.1), padding included; undefined where the attributes do not tell. */
function nativeLength(dataSet: DicomJson): number | undefined {
  const [rows, columns, bits] = ['00280010', '00280011', '00280100'].map((tag) => number(dataSet, tag, 0));
  const samples = number(dataSet, '00280002', 1);
  const frames = number(dataSet, '00280008', 1);
  const pixels = rows! * columns! * frames;
  if (pixels * bits! === 0) return undefined;
  const halved = String(dataSet['00280004']?.Value?.[0]).endsWith('_422') && samples === 3;
  return evenly(Math.ceil((pixels * (halved ? 2 : samples) * bits!) / 8));
}

function evenly(length: number): number {
  return length + (length % 2);
}

function number(dataSet: DicomJson, tag: string, absent: number): number {
  const value = Number(dataSet[tag]?.Value?.[0] ?? absent);
  return Number.isInteger(value) && value > 0 ? value : absent;
}
