import { CodecError, type Decode, type Encode } from '../codec';
import { toInterleaved } from '../interleaved';
import { decodeSamples } from './decode-samples';
import { colourTransformOf, readJPEGMarkers, withColourTransform } from './jpeg-colour';
import { encodeJPEGSamples } from './jpeg-samples-encoder';
import { libjpegTurbo } from './libjpeg-turbo';
import { atOnce, ensureRoom } from './memory-budget';
import { allocatedFor, decodedBytes, decodedFormat, photometricOf, toCells } from './samples';

/**
 * Decodes JPEG of 8 bits, sequential or progressive (ITU-T T.81): PS3.5 A.4.1. One sample, or three: those that are
 * YCbCr become RGB.
 */
export const decodeJPEGBaseline: Decode = async (codeStream, format) => {
  const markers = readJPEGMarkers(codeStream);
  const { samples } = markers;
  if (markers.precision !== 8 || !markers.sequential || (samples !== 1 && samples !== 3)) {
    throw new CodecError('unsupported', 'the image is of a kind of JPEG that this decoder does not take');
  }
  const raw = decodedBytes(markers, 8);
  const decoded = decodedBytes(markers, allocatedFor(markers, format));
  // A progressive image is held as coefficients until its last scan.
  const coefficients = markers.progressive ? 2 * raw : 0;
  const wasm = raw + codeStream.length + coefficients;
  ensureRoom(decoded, atOnce(wasm, raw, 2 * codeStream.length) + (decoded === raw ? 0 : decoded));
  const transformed = samples === 3 && colourTransformOf(markers, format.photometricInterpretation);
  const stream = withColourTransform(codeStream, markers, samples === 3 ? transformed : undefined);
  const bytes = await libjpegTurbo.run(({ JPEGDecoder }, take) =>
    decodeSamples(new JPEGDecoder(), stream, markers, take),
  );
  const named = photometricOf(samples, format);
  const described = decodedFormat(markers, format, transformed ? 'RGB' : named);
  return { format: described, bytes: toCells(bytes, 8, false, described) };
};

/**
 * Encodes JPEG baseline (PS3.5 A.4.1, 1.2.840.10008.1.2.4.50), with loss: grey or RGB of 8 bits, the latter becoming
 * YBR_FULL_422.
 */
export const encodeJPEGBaseline: Encode = async (frame, options) => {
  const { format, bytes } = toInterleaved(frame);
  const { samplesPerPixel: samples, bitsAllocated, bitsStored, signed, photometricInterpretation } = format;
  const grey = samples === 1 && /^MONOCHROME[12]$/.test(photometricInterpretation);
  const colour = samples === 3 && photometricInterpretation === 'RGB';
  if (bitsAllocated !== 8 || bitsStored !== 8 || signed || !(grey || colour)) {
    throw new CodecError('unsupported', 'JPEG baseline takes grey or RGB of 8 bits');
  }
  const image = { width: format.columns, height: format.rows, samples: samples as 1 | 3, bytes };
  const codeStream = await encodeJPEGSamples(image, options?.quality);
  return {
    codeStream,
    format: { ...format, photometricInterpretation: colour ? 'YBR_FULL_422' : photometricInterpretation },
  };
};
