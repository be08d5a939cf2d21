import { CodecError, type Decode, type Encode } from '../codec';
import { concatenate } from '../concatenate';
import { interleaved } from '../interleave';
import { charls } from './charls';
import { atOnce, ensureRoom } from './codec-memory';
import { codingOf, fillSamples } from './coding';
import { decodeSamples } from './decode-samples';
import { encodeSamples } from './encode-samples';
import { jpegHeader } from './jpeg/jpeg-markers';
import {
  allocatedFor,
  bytesOfSample,
  type CodedSamples,
  decodedBytes,
  decodedFormat,
  frameOfSamples,
  photometricOf,
} from './samples';

/** The value of `process` in `jpegHeader`. */
const JPEG_LS = 55;

/** ILV (T.87 C.2.3): the samples are in planes. */
const PLANES = 0;
const BY_SAMPLE = 2;

/**
 * Decodes JPEG-LS (ITU-T T.87), lossless or near-lossless: PS3.5 A.4.3. One or three samples of 2 to 16 bits. The
 * instance says what the bits mean, including the sign.
 */
export const decodeJPEGLS: Decode = async (codeStream, format, room) => {
  const coded = readFrameHeader(codeStream);
  const decoded = decodedBytes(coded, allocatedFor(coded, format));
  const raw = decodedBytes(coded, 8 * bytesOfSample(coded.precision));
  // Interleaving planes needs a second buffer.
  const again = (decoded === raw ? 0 : decoded) + (coded.samples > 1 ? raw : 0);
  ensureRoom(decoded, atOnce(raw + codeStream.length, raw, 2 * codeStream.length) + again, room);
  let mode = BY_SAMPLE;
  const bytes = await charls.run(({ JpegLSDecoder }, take) =>
    decodeSamples(new JpegLSDecoder(), ended(codeStream), coded, take, undefined, (decoder) => {
      mode = decoder.getInterleaveMode();
    }),
  );
  const bits = 8 * bytesOfSample(coded.precision);
  const layout = {
    ...decodedFormat(coded, format, 'RGB'),
    bitsAllocated: bits,
    planarConfiguration: mode === PLANES ? 1 : 0,
  };
  const together = interleaved({ format: layout, bytes }).bytes;
  return frameOfSamples(together, coded, format, photometricOf(coded.samples, format));
};

/**
 * Encodes lossless JPEG-LS (PS3.5 A.4.3, 1.2.840.10008.1.2.4.80): one or three samples of 8 or 16 allocated bits.
 * Colours are not transformed, and samples are interleaved.
 */
export const encodeJPEGLS: Encode = async (frame, options) => {
  const coding = codingOf(frame, false);
  const { format, precision } = coding;
  const length = format.rows * format.columns * format.samplesPerPixel * bytesOfSample(precision);
  ensureRoom(frame.bytes.length, frame.bytes.length + 2.5 * length, options?.room);
  const region = { x: 0, y: 0, width: format.columns, height: format.rows };
  const codeStream = await charls.run(({ JpegLSEncoder }, take) =>
    encodeSamples(new JpegLSEncoder(), coding, region, take, {
      fill: (space) => fillSamples(space, coding, region, false),
      configure: (encoder) => {
        encoder.setNearLossless(0);
        encoder.setInterleaveMode(format.samplesPerPixel === 1 ? PLANES : BY_SAMPLE);
      },
    }),
  );
  const stored = precision < format.bitsAllocated ? { bitsStored: precision, highBit: precision - 1 } : {};
  return { codeStream, format: { ...format, ...stored } };
};

/**
 * Makes sure that the code stream ends with a marker. CharLS looks for a marker when bits run out; without one it reads
 * on for seconds, until its counter overflows.
 */
function ended(codeStream: Uint8Array): Uint8Array {
  return concatenate([codeStream, [0xff, 0xd9]]);
}

/** Reads the frame header (T.87 C.2.2). @throws CodecError */
function readFrameHeader(codeStream: Uint8Array): CodedSamples {
  const { process, precision, rows, columns, components } = jpegHeader(codeStream);
  const samples = components.length;
  // T.87 C.2.4.1.4 and T.81 B.2.5 allow the size in other places. No known writer of DICOM uses them.
  if (process !== JPEG_LS || rows === 0 || (samples !== 1 && samples !== 3)) {
    throw new CodecError('unsupported', 'the JPEG-LS decoder does not support this kind of image');
  }
  return { precision, rows, columns, samples };
}
