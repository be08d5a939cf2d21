import { CodecError } from '../../codec';
import type { Frame, ImageFormat } from '../../frame';
import { ensureRoom } from '../codec-memory';
import { allocatedFor, bytesOfSample, decodedBytes, decodedFormat, photometricOf, toCells } from '../samples';
import { readCoefficients } from './jpeg-coefficients';
import { colourTransformOf } from './jpeg-colour';
import { inverseTransform } from './jpeg-inverse-transform';
import type { JPEGHeader } from './jpeg-markers';
import { planeBytes, planesOf } from './jpeg-planes';
import { JPEGStream } from './jpeg-stream';
import { rowReaderOf } from './jpeg-upsampling';
import { fillPixels } from './jpeg-wide-colour';

/**
 * Decodes 8-bit or 12-bit JPEG with cosine transforms, sequential or progressive (ITU-T T.81), in TypeScript. This
 * handles the kinds of JPEG and the irregular files that libjpeg-turbo's glue cannot decode. One sample, or three,
 * which become RGB.
 * @param whole refuses a code stream whose entropy-coded data ends too early; otherwise the missing part of the image
 * is grey
 * @throws CodecError
 */
export function decodeCosine(
  codeStream: Uint8Array,
  header: JPEGHeader,
  format: ImageFormat,
  room: number | undefined,
  whole: boolean,
): Frame {
  const stream = new JPEGStream(codeStream);
  const { frame } = stream;
  const { samples, precision } = frame;
  if ((precision !== 8 && precision !== 12) || frame.process > 2 || (samples !== 1 && samples !== 3)) {
    throw new CodecError('unsupported', 'this decoder does not support this kind of JPEG');
  }
  const raw = decodedBytes(frame, 8 * bytesOfSample(precision));
  const decoded = decodedBytes(frame, allocatedFor(frame, format));
  ensureRoom(decoded, codeStream.length + raw + Math.max(planeBytes(frame), decoded === raw ? 0 : decoded), room);
  const transformed = samples === 3 && colourTransformOf(header, format.photometricInterpretation);
  const bytes = decodePixels(stream, transformed, whole);
  const described = decodedFormat(frame, format, samples === 3 ? 'RGB' : photometricOf(samples, format));
  return { format: described, bytes: toCells(bytes, precision, false, described) };
}

/** A separate function, so that the planes can be freed before the result is converted to another size. */
function decodePixels(stream: JPEGStream, transformed: boolean, whole: boolean): Uint8Array {
  const { frame } = stream;
  const planes = planesOf(frame);
  const tables = readCoefficients(stream, planes, whole);
  for (const [index, { cells }] of planes.entries()) inverseTransform(cells, tables[index]!, frame.precision);
  const count = frame.rows * frame.columns * frame.samples;
  const pixels = bytesOfSample(frame.precision) === 1 ? new Uint8Array(count) : new Uint16Array(count);
  fillPixels(pixels, frame, planes.map(rowReaderOf), transformed);
  return new Uint8Array(pixels.buffer);
}
