import { EXPLICIT_LITTLE_ENDIAN, mediaTypeOf, transferSyntaxOf } from '../../../dicom/dictionary/transfer-syntaxes';
import { DicomError } from '../../../dicom/errors';
import type { DicomJson } from '../../../dicom/json/json-model';
import { defaultTransferSyntaxOf } from '../../../dicom/pixels/code-stream';
import { type BulkPart, OCTETS } from './bulk-of-metadata';
import type { SpooledPiece } from './spool';

/** Pixel data in the form that the file will contain. */
export interface PixelBulk {
  readonly transferSyntaxUID: string;
  readonly pieces: readonly SpooledPiece[];
  /** Image attributes to store where the metadata does not have them (PS3.18 10.5.2). */
  readonly image: DicomJson;
  /** Whether there are fewer bytes or frames than the image attributes say. */
  readonly incomplete: boolean;
}

const PIXEL_DATA = '7FE00010';

/**
 * Chooses the transfer syntax in which to store pixel data that arrived as bulk data (PS3.18 10.5.2, 8.7.3.3): the one
 * that the part's Content-Type names; otherwise the one that the metadata names, if the part is of that kind; otherwise
 * the one that the bytes show; otherwise the default of the media type. Uncompressed pixels are little-endian words,
 * whatever the transfer syntax of their file was.
 * @throws DicomError `unsupported-transfer-syntax` for types that are not pixel data, and for big-endian words
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
    // Octets are uncompressed. If the length makes that impossible, the client means the frames as they are in the
    // file.
    if (length === expected) return EXPLICIT_LITTLE_ENDIAN;
    return declared ?? codeStream?.transferSyntaxUID ?? EXPLICIT_LITTLE_ENDIAN;
  }
  const usual = defaultTransferSyntaxOf(mediaType);
  if (usual === undefined) throw unsupported();
  if (declared !== undefined && mediaTypeOf(declared) === mediaTypeOf(usual)) return declared;
  return codeStream?.transferSyntaxUID ?? usual;
}

/** The compressed transfer syntax that the metadata names. */
function declaredSyntax(dataSet: DicomJson): string | undefined {
  return ['00020010', '00083002']
    .map((tag) => String(dataSet[tag]?.Value?.[0] ?? ''))
    .find((uid) => transferSyntaxOf(uid)?.encapsulated);
}

/** The transfer syntax of a data set that contains its pixel data, if any, as base64. */
export function inlineTransferSyntax(dataSet: DicomJson): string {
  const inline = dataSet[PIXEL_DATA]?.InlineBinary?.trim();
  const declared = declaredSyntax(dataSet);
  if (inline === undefined || inline === '' || declared === undefined) return EXPLICIT_LITTLE_ENDIAN;
  const length = Math.floor((withoutPadding(inline) * 3) / 4);
  return length === nativeLength(dataSet) ? EXPLICIT_LITTLE_ENDIAN : declared;
}

/**
 * Number of base64 characters before the padding. (A regular expression takes quadratic time for a text of `=`
 * characters.)
 */
function withoutPadding(base64: string): number {
  let end = base64.length;
  while (end > 0 && base64[end - 1] === '=') end -= 1;
  return end;
}

function unsupported(): DicomError {
  return new DicomError('unsupported-transfer-syntax', 'the pixel data is of a type that cannot be stored', PIXEL_DATA);
}

/**
 * Number of bytes of uncompressed pixel data (PS3.5 8.1.1), padding included; undefined when the attributes do not say.
 */
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
