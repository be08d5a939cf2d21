import { BASE, ROOM } from './codecs/codec-memory';
import { frameBytes, type ImageFormat } from './frame';

/*
 * Estimates the memory that work on an image will take, from its attributes, before the image is read. The code stream
 * may turn out to have another size: decoders and encoders then check again, and refuse work that needs more memory
 * than they were given.
 */

const MIB = 1024 * 1024;
const JPEG = '1.2.840.10008.1.2.4.';

/** A JPEG 2000 image with more samples is assumed to be tiled: OpenJPEG keeps the samples of a tile as integers. */
const ONE_TILE = 2 * MIB;
const JPEG_2000 = new Set(['90', '91', '92', '93'].map((end) => JPEG + end));
const HIGH_THROUGHPUT = new Set(['201', '202', '203'].map((end) => JPEG + end));
const JPEG_LS = new Set(['80', '81'].map((end) => JPEG + end));
const BASELINE = `${JPEG}50`;

/**
 * Bytes of memory that decoding a frame takes at once, including its code stream and the frame.
 * @param length of the code stream in bytes
 */
export function decodingBytes(transferSyntaxUID: string, format: ImageFormat, length: number): number {
  const frame = frameBytes(format);
  const samples = format.rows * format.columns * format.samplesPerPixel;
  if (JPEG_2000.has(transferSyntaxUID)) {
    if (samples > ONE_TILE) return BASE + frame + 8 * ONE_TILE + 1.5 * length;
    return BASE + 2 * frame + 4 * samples + 3 * length;
  }
  if (HIGH_THROUGHPUT.has(transferSyntaxUID)) return BASE + 2 * frame + 3 * length;
  // Interleaving planes needs a second buffer.
  if (JPEG_LS.has(transferSyntaxUID)) return BASE + (format.samplesPerPixel === 1 ? 2 : 3) * frame + 3 * length;
  if (transferSyntaxUID === BASELINE) return BASE + 2 * frame + 3 * length;
  if (transferSyntaxUID.startsWith(JPEG)) return 2 * frame + length;
  return frame + length;
}

/**
 * Bytes of memory that encoding a frame takes at once, including the frame. This assumes the longest possible code
 * stream, which only noise reaches; therefore the estimate is capped at all the memory there is.
 */
export function encodingBytes(transferSyntaxUID: string, format: ImageFormat): number {
  return Math.max(frameBytes(format), Math.min(ROOM, encodingNoise(transferSyntaxUID, format)));
}

function encodingNoise(transferSyntaxUID: string, format: ImageFormat): number {
  const frame = frameBytes(format);
  const together = format.planarConfiguration === 1 ? frame : 0;
  if (JPEG_2000.has(transferSyntaxUID)) return together + encodingJPEG2000(frame);
  if (transferSyntaxUID === BASELINE) return together + encodingJPEG(frame);
  if (transferSyntaxUID.startsWith(JPEG)) return together + BASE + 3.6 * frame;
  return together + 2.1 * frame;
}

/**
 * Bytes of memory that making a file of a rendered image takes at once, including the raster. @param raster its bytes
 */
export function picturingBytes(mediaType: string, raster: number): number {
  if (mediaType === 'image/jpeg') return encodingJPEG(raster);
  if (mediaType === 'image/jp2') return encodingJPEG2000(raster);
  return 2.1 * raster;
}

function encodingJPEG(length: number): number {
  return BASE + (length <= 12 * MIB ? 5.5 : 3.5) * length;
}

function encodingJPEG2000(length: number): number {
  return BASE + 2.5 * length + 18 * Math.min(length, ONE_TILE);
}
