import { EXPLICIT_LITTLE_ENDIAN, isLossy } from '../../dicom/dictionary/transfer-syntaxes';
import { DicomError } from '../../dicom/errors';
import type { DicomJson, DicomJsonAttribute } from '../../dicom/json/json-model';
import { part10File } from '../../dicom/part10/part10-writer';
import { vrOfName } from '../../dicom/values/value-representations';
import { CodecError, type EncodedFrame } from '../../imaging/codec';
import type { ImageFormat } from '../../imaging/frame';
import type { Body } from '../body/body';
import { bytesPiece, type Piece } from '../body/pieces';
import type { PiecesInTurn } from '../body/stream-in-turn';
import type { Decoding } from '../memory/image-memory';
import type { Archive } from '../ports';
import { fragmentsPiece, frameCount, frameNumbers, framePieces } from '../retrieve/frames';
import { type InstanceData, type InstanceDataCache, pieceOfURI } from '../retrieve/instance-data';
import { instancePieces } from '../retrieve/retrieve';
import type { InstanceRow } from '../rows';
import { ConvertedFrames } from './converted-frames';
import { isNative } from './transcode';
import { uncompressedPieces } from './uncompressed-pixels';

/** An instance's file that is to be converted. */
export interface FileSource {
  readonly archive: Archive;
  readonly row: InstanceRow;
  readonly data: InstanceData;
  readonly decoding: Decoding;
}

/**
 * An instance's file as it is stored, byte for byte. In a de-identified archive, the file is written again, in the
 * transfer syntax of the row.
 * @throws as transcodedFile, when it is written again
 */
export async function storedInstance(
  { archive, row, decoding }: Omit<FileSource, 'data'>,
  instanceData: InstanceDataCache,
): Promise<Body> {
  if (archive.deidentified === undefined) return { pieces: instancePieces(row) };
  const data = await instanceData.find(archive, row);
  return await transcodedFile({ archive, row, data, decoding }, row.transferSyntaxUID);
}

/**
 * Lays out an instance's Part 10 file in another transfer syntax. Native pixel data is streamed as it is. The
 * first frame of other pixel data is converted at once, since it says how the pixels have to be described; of single
 * bits, the first eight frames, which share bytes. The other frames are converted when their turn comes. The length is
 * known, except for several frames that are compressed.
 * @throws CodecError when frames cannot be converted; DicomError when the file cannot be written
 */
export async function transcodedFile(source: FileSource, transferSyntaxUID: string): Promise<Body> {
  const { archive, row, data, decoding } = source;
  refuseForeignText(data.dataSet);
  if (
    row.layout.pixels === undefined ||
    (isNative(row.transferSyntaxUID) && transferSyntaxUID === EXPLICIT_LITTLE_ENDIAN)
  )
    return { pieces: fileOf(source, nativelyDescribed(data), transferSyntaxUID, () => []).pieces };
  if (transferSyntaxUID === row.transferSyntaxUID) return { pieces: await storedFile(source) };
  if (frameCount(row) > MOST_FRAMES) throw new TooManyFramesError();
  const { format } = data;
  if (format === undefined) throw new CodecError('unsupported', 'the instance does not describe its pixels');
  const frames = new ConvertedFrames({ archive, row, format, decoding }, transferSyntaxUID);
  try {
    const first = await frames.begin(frameNumbers(row));
    const dataSet = described(source, first, transferSyntaxUID, format);
    const pieces =
      transferSyntaxUID === EXPLICIT_LITTLE_ENDIAN
        ? await nativeFile(source, dataSet, frames, first)
        : compressedFile(source, dataSet, frames, first);
    return { pieces, release: () => frames.release() };
  } catch (error) {
    frames.release();
    throw error;
  }
}

/** The data set with the photometric interpretation of the native pixel data, when the instance names another one. */
function nativelyDescribed({ dataSet, format }: InstanceData): DicomJson {
  const named = dataSet['00280004']?.Value?.[0];
  if (format === undefined || typeof named !== 'string' || !named.trim().endsWith('_422')) return dataSet;
  return { ...dataSet, '00280004': { vr: 'CS', Value: [format.photometricInterpretation] } };
}

/**
 * The frames as they are stored, each as one fragment, in a new file. The fragments of more frames than a request may read
 * one by one are copied together, without a table of their offsets (PS3.5 A.4).
 */
async function storedFile(source: FileSource): Promise<Piece[]> {
  const { archive, row, data } = source;
  const dataSet = { ...data.dataSet, '7FE00010': { vr: 'OB', BulkDataURI: CONVERTED } };
  if (frameCount(row) > MOST_FRAMES) {
    const items = await fragmentsPiece(archive, row);
    return fileOf(source, dataSet, row.transferSyntaxUID, () => [], items).pieces;
  }
  const frames = await framePieces(archive, row, frameNumbers(row));
  return fileOf(source, dataSet, row.transferSyntaxUID, () => frames).pieces;
}

/** Each frame is one R2 read, and a request may make 10,000 of them. */
const MOST_FRAMES = 9000;

/** The instance has more frames than one converted file may have. */
export class TooManyFramesError extends CodecError {
  /** The reason, for the client. */
  readonly detail = `It has more than ${MOST_FRAMES} frames, so its file is not converted; its frames are.`;

  constructor() {
    super('too-large', 'the instance has too many frames');
  }
}

async function nativeFile(
  source: FileSource,
  dataSet: DicomJson,
  frames: ConvertedFrames,
  first: EncodedFrame,
): Promise<Piece[]> {
  const pixels = await uncompressedPieces(frames, frameCount(source.row), first);
  return fileOf(source, dataSet, EXPLICIT_LITTLE_ENDIAN, () => pixels).pieces;
}

function compressedFile(
  source: FileSource,
  dataSet: DicomJson,
  frames: ConvertedFrames,
  first: EncodedFrame,
): Piece[] | PiecesInTurn {
  const count = frameCount(source.row);
  if (count === 1)
    return fileOf(source, dataSet, frames.transferSyntaxUID, () => [bytesPiece(first.codeStream)]).pieces;
  const items = bytesPiece(new Uint8Array(0));
  const { pieces } = fileOf(source, dataSet, frames.transferSyntaxUID, () => [], items);
  return (async function* () {
    try {
      for (const piece of pieces) {
        if (piece !== items) yield piece;
        else for (let number = 1; number <= count; number++) yield item((await frames.frame(number, first)).codeStream);
      }
    } finally {
      frames.release();
    }
  })();
}

/** A frame as a fragment: an item with its length (PS3.5 A.4). */
function item(codeStream: Uint8Array): Piece {
  const length = codeStream.length + (codeStream.length % 2);
  const bytes = new Uint8Array(8 + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xe000fffe, true);
  view.setUint32(4, length, true);
  bytes.set(codeStream, 8);
  return bytesPiece(bytes);
}

/** Marks the place of the pixel data when the pixel data is converted. */
const CONVERTED = 'converted';

/** @param items stands for the fragments that follow when their turn comes */
function fileOf(
  { row }: FileSource,
  dataSet: DicomJson,
  transferSyntaxUID: string,
  pixels: () => readonly Piece[],
  items?: Piece,
): { pieces: Piece[] } {
  const file = part10File<Piece>(dataSet, {
    transferSyntaxUID,
    ...(items === undefined ? {} : { items }),
    bulk(uri) {
      if (uri === CONVERTED) return pixels();
      const piece = pieceOfURI(row, uri);
      return piece === undefined ? undefined : [piece];
    },
  });
  return { pieces: file.parts.map((part) => (part instanceof Uint8Array ? bytesPiece(part) : part)) };
}

/** The data set with the attributes that describe the converted pixels: Image Pixel Module, PS3.3 C.7.6.3. */
function described(
  { row, data: { dataSet } }: FileSource,
  frame: EncodedFrame,
  transferSyntaxUID: string,
  stored: ImageFormat,
): DicomJson {
  const { format, codeStream } = frame;
  const count = frameCount(row);
  const number = (value: number): DicomJsonAttribute => ({ vr: 'US', Value: [value] });
  const vr = format.bitsAllocated > 8 ? 'OW' : 'OB';
  return {
    ...dataSet,
    ...(isLossy(transferSyntaxUID) ? lossyCompression(dataSet, stored, codeStream.length) : {}),
    '00280002': number(format.samplesPerPixel),
    '00280004': { vr: 'CS', Value: [format.photometricInterpretation] },
    ...(format.samplesPerPixel > 1 ? { '00280006': number(format.planarConfiguration) } : {}),
    // Pixel data that is cut short has fewer frames than Number of Frames says.
    ...(dataSet['00280008']?.Value?.[0] || count > 1 ? { '00280008': { vr: 'IS', Value: [count] } } : {}),
    '00280010': number(format.rows),
    '00280011': number(format.columns),
    '00280100': number(format.bitsAllocated),
    '00280101': number(format.bitsStored),
    '00280102': number(format.highBit),
    '00280103': number(format.signed ? 1 : 0),
    '7FE00010': { vr, BulkDataURI: CONVERTED },
  };
}

/**
 * Adds one more lossy step to the attributes of PS3.3 C.7.6.1.1.5: that the image lost information, the compression
 * ratio and the method.
 */
function lossyCompression(
  dataSet: DicomJson,
  { rows, columns, samplesPerPixel, bitsAllocated }: ImageFormat,
  length: number,
): DicomJson {
  const ratio = Math.round(((rows * columns * samplesPerPixel * bitsAllocated) / 8 / Math.max(length, 1)) * 100) / 100;
  return {
    '00282110': { vr: 'CS', Value: ['01'] },
    '00282112': { vr: 'DS', Value: [...(dataSet['00282112']?.Value ?? []), ratio] },
    '00282114': { vr: 'CS', Value: [...(dataSet['00282114']?.Value ?? []), 'ISO_10918_1'] },
  };
}

/**
 * A text that is too long for the metadata is stored in the instance's character set, while all other texts are written
 * in UTF-8. One file cannot have two character sets.
 * @throws DicomError
 */
function refuseForeignText(dataSet: DicomJson): void {
  const characterSets = dataSet['00080005']?.Value ?? [];
  if (characterSets.length === 0 || (characterSets.length === 1 && characterSets[0] === 'ISO_IR 192')) return;
  if (hasLongText(dataSet)) {
    throw new DicomError(
      'unsupported-transfer-syntax',
      'a long text has another character set than the rest of the file',
    );
  }
}

function hasLongText(dataSet: DicomJson): boolean {
  return Object.values(dataSet).some(({ vr, BulkDataURI, Value }) =>
    vr === 'SQ'
      ? Value?.some((item) => item !== null && typeof item === 'object' && hasLongText(item as DicomJson))
      : BulkDataURI !== undefined && vrOfName(vr)?.charset,
  );
}
