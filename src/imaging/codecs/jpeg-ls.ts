import { uint16At } from '../../dicom/big-endian';
import { CodecError, type Decode, type Encode } from '../codec';
import { interleave } from '../interleaved';
import { charls } from './charls';
import { codingOf, fillSamples } from './coding';
import { decodeSamples } from './decode-samples';
import { encodeSamples } from './encode-samples';
import { atOnce, ensureRoom } from './memory-budget';
import {
  allocatedFor,
  bytesOfSample,
  type CodedSamples,
  decodedBytes,
  decodedFormat,
  photometricOf,
  toCells,
} from './samples';

/** ITU-T T.87 table C.1, T.81 table B.1. */
const SOI = 0xffd8;
const SOF55 = 0xfff7;
const SOS = 0xffda;

/** ILV, T.87 C.2.3. */
const PLANES = 0;
const BY_SAMPLE = 2;

/**
 * Decodes JPEG-LS (ITU-T T.87), without loss or nearly: PS3.5 A.4.3. One or three samples of 2 to 16 bits. What the bits
 * mean, sign included, the instance says.
 */
export const decodeJPEGLS: Decode = async (codeStream, format) => {
  const coded = readFrameHeader(codeStream);
  const decoded = decodedBytes(coded, allocatedFor(coded, format));
  const raw = decodedBytes(coded, 8 * bytesOfSample(coded.precision));
  // Planes are put together in bytes of their own.
  const again = (decoded === raw ? 0 : decoded) + (coded.samples > 1 ? raw : 0);
  ensureRoom(decoded, atOnce(raw + codeStream.length, raw, 2 * codeStream.length) + again);
  let mode = BY_SAMPLE;
  const bytes = await charls.run(({ JpegLSDecoder }, take) =>
    decodeSamples(new JpegLSDecoder(), ended(codeStream), coded, take, undefined, (decoder) => {
      mode = decoder.getInterleaveMode();
    }),
  );
  const planes = mode === PLANES && coded.samples > 1;
  const together = planes ? interleave(bytes, coded.samples, bytesOfSample(coded.precision)) : bytes;
  const described = decodedFormat(coded, format, photometricOf(coded.samples, format));
  return { format: described, bytes: toCells(together, coded.precision, false, described) };
};

/**
 * Encodes JPEG-LS without loss (PS3.5 A.4.3, 1.2.840.10008.1.2.4.80): one or three samples of 8 or 16 allocated bits,
 * colours as they are, by sample.
 */
export const encodeJPEGLS: Encode = async (frame) => {
  const coding = codingOf(frame);
  const { format, precision } = coding;
  const length = format.rows * format.columns * format.samplesPerPixel * bytesOfSample(precision);
  ensureRoom(frame.bytes.length, frame.bytes.length + 2.5 * length);
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
 * CharLS looks for a marker where bits run out; without one it reads on, for seconds, until its count of them overflows.
 */
function ended(codeStream: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(codeStream.length + 2);
  bytes.set(codeStream);
  bytes.set([0xff, 0xd9], codeStream.length);
  return bytes;
}

/** T.87 C.2.2: as a frame header of JPEG. */
function readFrameHeader(bytes: Uint8Array): CodedSamples {
  if (uint16At(bytes, 0) !== SOI) throw new CodecError('malformed', 'there is no JPEG-LS code stream');
  for (let at = 2; at + 10 <= bytes.length; ) {
    const marker = uint16At(bytes, at);
    // Before a marker, bytes may be filled up.
    if (marker === 0xffff) at++;
    else if (marker === SOS || marker < 0xff00) break;
    else if (marker !== SOF55) at += 2 + uint16At(bytes, at + 2);
    else return checked(bytes[at + 4]!, uint16At(bytes, at + 5), uint16At(bytes, at + 7), bytes[at + 9]!);
  }
  throw new CodecError('malformed', 'the code stream has no frame header of JPEG-LS');
}

function checked(precision: number, rows: number, columns: number, samples: number): CodedSamples {
  if ((samples !== 1 && samples !== 3) || precision < 2 || precision > 16) {
    throw new CodecError('unsupported', 'the image has samples that JPEG-LS here does not take');
  }
  // Larger ones say so in another place (T.87 C.2.4.1.4); no writer of DICOM is known to.
  if (rows === 0 || columns === 0) throw new CodecError('malformed', 'the image has no size');
  return { precision, rows, columns, samples };
}
