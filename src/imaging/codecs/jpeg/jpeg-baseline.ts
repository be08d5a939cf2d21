import { CodecError, type Decode, type Encode } from '../../codec';
import { interleaved } from '../../interleave';
import { atOnce, ensureRoom } from '../codec-memory';
import { decodeSamples } from '../decode-samples';
import { libjpegTurbo } from '../libjpeg-turbo';
import { allocatedFor, type CodedSamples, decodedBytes, decodedFormat, photometricOf, toCells } from '../samples';
import { colourTransformOf, withColourTransform } from './jpeg-colour';
import { decodeCosine } from './jpeg-cosine';
import { jpegHeader } from './jpeg-markers';
import { encodeJPEGSamples } from './jpeg-samples-encoder';

/** The value of `process` in `jpegHeader`: 0 baseline, 1 extended, 2 progressive. */
const PROGRESSIVE = 2;

/**
 * Decodes 8-bit JPEG, sequential or progressive (ITU-T T.81): PS3.5 A.4.1. One sample, or three; YCbCr samples become
 * RGB.
 */
export const decodeJPEGBaseline: Decode = async (codeStream, format, room) => {
  const header = jpegHeader(codeStream);
  const { process, precision, rows, columns } = header;
  const samples = header.components.length;
  // A header may give the number of rows only after the first scan. No known writer of DICOM does this.
  if (precision !== 8 || process > PROGRESSIVE || rows === 0 || (samples !== 1 && samples !== 3)) {
    throw new CodecError('unsupported', 'this decoder does not support this kind of JPEG');
  }
  const coded = { rows, columns, samples, precision };
  const raw = decodedBytes(coded, 8);
  const decoded = decodedBytes(coded, allocatedFor(coded, format));
  // A progressive image is kept as coefficients until its last scan.
  const wasm = raw + codeStream.length + (process === PROGRESSIVE ? 2 * raw : 0);
  ensureRoom(decoded, atOnce(wasm, raw, 2 * codeStream.length) + (decoded === raw ? 0 : decoded), room);
  const transformed = samples === 3 && colourTransformOf(header, format.photometricInterpretation);
  const stream = withColourTransform(codeStream, samples === 3 ? transformed : undefined);
  const bytes = await decodedByTurbo(stream, coded);
  if (bytes === undefined) return decodeCosine(codeStream, header, format, room, true);
  // Three components become RGB: either they are coded as RGB, or they are transformed.
  const described = decodedFormat(coded, format, samples === 3 ? 'RGB' : photometricOf(samples, format));
  return { format: described, bytes: toCells(bytes, 8, false, described) };
};

/**
 * Decodes with libjpeg-turbo. @returns undefined when libjpeg-turbo reports anything about the code stream: its glue
 * does not distinguish warnings (bytes before a marker, a scan with an unusual end) from errors
 */
async function decodedByTurbo(codeStream: Uint8Array, coded: CodedSamples): Promise<Uint8Array | undefined> {
  try {
    return await libjpegTurbo.run(({ JPEGDecoder }, take) => decodeSamples(new JPEGDecoder(), codeStream, coded, take));
  } catch (error) {
    if (error instanceof CodecError && error.reason === 'malformed') return undefined;
    throw error;
  }
}

/**
 * Encodes baseline JPEG (PS3.5 A.4.1, 1.2.840.10008.1.2.4.50), which is lossy: 8-bit grey or RGB. RGB becomes
 * YBR_FULL_422.
 */
export const encodeJPEGBaseline: Encode = async (frame, options) => {
  const { format, bytes } = interleaved(frame);
  const { samplesPerPixel: samples, bitsAllocated, bitsStored, signed, photometricInterpretation } = format;
  const grey = samples === 1 && /^MONOCHROME[12]$/.test(photometricInterpretation);
  const colour = samples === 3 && photometricInterpretation === 'RGB';
  if (bitsAllocated !== 8 || bitsStored !== 8 || signed || !(grey || colour)) {
    throw new CodecError('unsupported', 'baseline JPEG requires 8-bit grey or RGB');
  }
  const image = { width: format.columns, height: format.rows, samples: samples as 1 | 3, bytes };
  const codeStream = await encodeJPEGSamples(image, options?.quality);
  return {
    codeStream,
    format: { ...format, photometricInterpretation: colour ? 'YBR_FULL_422' : photometricInterpretation },
  };
};
