import type { PixelValue } from '../data-set/data-set-results';
import { DOUBLE_FLOAT_PIXEL_DATA, FLOAT_PIXEL_DATA } from '../dictionary/tags';
import type { TransferSyntax } from '../dictionary/transfer-syntaxes';
import { type EncapsulatedPixels, FrameTable, type NativePixels } from './pixel-layout';

/** Reads image attributes of the data set by tag: the first value, if it is a number or text. */
export type AttributeValue = (tag: string) => string | number | undefined;

/** The layout of the pixel data, and the flaws found in it. */
export interface ImagePixels {
  readonly pixels?: NativePixels | EncapsulatedPixels;
  readonly frameTable?: Uint8Array;
  /** Whether there are fewer bytes or frames than the attributes say. */
  readonly short: boolean;
  /** The attributes do not describe the value. */
  readonly undescribed: boolean;
}

/** Number of Frames (0028,0008). The result is 1 when it is absent (PS3.3 C.7.6.6) or not a number. */
function numberOfFrames(value: AttributeValue): number {
  const frames = value('00280008');
  return typeof frames === 'number' && Number.isInteger(frames) && frames > 0 ? frames : 1;
}

/**
 * The places of the frames of native pixel data. Frames follow each other without padding, even with one bit for each
 * pixel (PS3.5 8.1.1; PS3.3 C.7.6.3).
 */
export function nativePixels(pixel: PixelValue, bigEndian: boolean, value: AttributeValue): ImagePixels {
  const rows = positive(value('00280010'));
  const columns = positive(value('00280011'));
  const samples =
    positive(value('00280002')) ??
    (pixel.tag === FLOAT_PIXEL_DATA || pixel.tag === DOUBLE_FLOAT_PIXEL_DATA ? 1 : undefined);
  const bits =
    pixel.tag === FLOAT_PIXEL_DATA ? 32 : pixel.tag === DOUBLE_FLOAT_PIXEL_DATA ? 64 : positive(value('00280100'));
  if (rows === undefined || columns === undefined || bits === undefined) return { short: false, undescribed: true };

  let bitsPerFrame = rows * columns * (samples ?? 1) * bits;
  let frames = numberOfFrames(value);
  const { length } = pixel;
  const photometric = value('00280004');
  if ((photometric === 'YBR_FULL_422' || photometric === 'YBR_PARTIAL_422') && samples === 3) {
    // A pair of pixels shares two of the three samples (PS3.3 C.7.6.3.1.2). Some writers keep all samples nevertheless,
    // so the length decides. A value that is too short even for the standard's form is taken for that form, cut short.
    if (length < (frames * bitsPerFrame) / 8) bitsPerFrame = rows * columns * 2 * bits;
  }
  const stated = value('00280008');
  if (typeof stated === 'string' && length >= bitsPerFrame / 8) {
    // Number of Frames is not a number ("1A"): use as many frames as the value holds.
    frames = Math.max(1, Math.floor((length * 8) / bitsPerFrame));
  }
  const pixels: NativePixels = {
    kind: 'native',
    offset: pixel.offset,
    length,
    frames,
    bitsPerFrame,
    word: wordOf(pixel, bits, bigEndian),
  };
  return { pixels, short: length < Math.ceil((frames * bitsPerFrame) / 8), undescribed: samples === undefined };
}

/**
 * The number of bytes that are reversed together in big-endian pixel data: those of a sample, or those of a word of OW
 * when samples are smaller (PS3.5 8.1.1, 7.3).
 */
function wordOf(pixel: PixelValue, bits: number, bigEndian: boolean): number {
  if (!bigEndian) return 1;
  if (bits === 16 || bits === 32 || bits === 64) return bits / 8;
  return pixel.vr === 'OW' ? 2 : 1;
}

function positive(value: string | number | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

/** The places of the frames of encapsulated pixel data (PS3.5 A.4). */
export function encapsulatedPixels(
  pixel: PixelValue,
  syntax: TransferSyntax | undefined,
  value: AttributeValue,
): ImagePixels {
  const mediaType = syntax?.mediaType ?? '';
  // A video is one stream, whatever its number of pictures (PS3.5 8.2.5 and following): the archive cannot split it
  // into frames.
  const stated = mediaType.startsWith('video/') ? 1 : numberOfFrames(value);
  const frames = pixel.fragments!.frames(stated, mediaType === 'image/dicom-rle');
  if (frames.count === 0) return { short: true, undescribed: false };
  return { ...encapsulated(frames), short: frames.count < stated, undescribed: false };
}

/**
 * Pixel data of defined length in an encapsulated transfer syntax. PS3.5 A.4 does not allow this, but a single code
 * stream without its items can still be served.
 */
export function bareCodeStream(pixel: PixelValue, value: AttributeValue): ImagePixels {
  if (numberOfFrames(value) !== 1 || pixel.length === 0) return { short: false, undescribed: true };
  const frame = new FrameTable(1);
  frame.add({ offset: pixel.offset, span: pixel.length, length: pixel.length });
  return {
    ...encapsulated(frame),
    short: false,
    undescribed: true,
  };
}

function encapsulated(frames: FrameTable): { pixels: EncapsulatedPixels; frameTable?: Uint8Array } {
  const { count, first } = frames;
  if (count === 1) return { pixels: { kind: 'encapsulated', frames: 1, only: first! } };
  return { pixels: { kind: 'encapsulated', frames: count }, frameTable: frames.bytes };
}
