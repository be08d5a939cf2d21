import { CodecError, type Decode } from '../codec';
import { decodeJPEGBaseline } from './jpeg-baseline';
import { readCoefficients } from './jpeg-coefficients';
import { colourTransformOf } from './jpeg-colour';
import { inverseTransform } from './jpeg-inverse-transform';
import { jpegHeader } from './jpeg-markers';
import { planeBytes, planesOf } from './jpeg-planes';
import { JPEGStream } from './jpeg-stream';
import { rowReaderOf } from './jpeg-upsampling';
import { fillPixels } from './jpeg-wide-colour';
import { ensureRoom } from './memory-budget';
import { allocatedFor, decodedBytes, decodedFormat, photometricOf, toCells } from './samples';

const PRECISION = 12;

/**
 * Decodes JPEG of 8 or 12 bits, sequential or progressive (ITU-T T.81, processes 2 and 4, and those that are retired: 6
 * and 8, 10 and 12): PS3.5 A.4.1. One sample, or three: those that are YCbCr become RGB.
 */
export const decodeJPEGExtended: Decode = async (codeStream, format, room) => {
  const header = jpegHeader(codeStream);
  if (header.precision === 8 && header.process < 3) return decodeJPEGBaseline(codeStream, format, room);
  const stream = new JPEGStream(codeStream);
  const { frame } = stream;
  const { samples, precision } = frame;
  if (precision !== PRECISION || frame.process > 2 || (samples !== 1 && samples !== 3)) {
    throw new CodecError('unsupported', 'the image is of a kind of JPEG that this decoder does not take');
  }
  const raw = decodedBytes(frame, 16);
  const decoded = decodedBytes(frame, allocatedFor(frame, format));
  ensureRoom(decoded, codeStream.length + raw + Math.max(planeBytes(frame), decoded === raw ? 0 : decoded), room);
  const transformed = samples === 3 && colourTransformOf(header, format.photometricInterpretation);
  const bytes = decodePixels(stream, transformed);
  const described = decodedFormat(frame, format, samples === 3 ? 'RGB' : photometricOf(samples, format));
  return { format: described, bytes: toCells(bytes, precision, false, described) };
};

/** In a function of its own, so that the planes are gone when the result is brought to another size. */
function decodePixels(stream: JPEGStream, transformed: boolean): Uint8Array {
  const { frame } = stream;
  const planes = planesOf(frame);
  const tables = readCoefficients(stream, planes);
  for (const [index, { cells }] of planes.entries()) inverseTransform(cells, tables[index]!);
  const pixels = new Uint16Array(frame.rows * frame.columns * frame.samples);
  fillPixels(pixels, frame, planes.map(rowReaderOf), transformed);
  return new Uint8Array(pixels.buffer);
}
