import { CodecError, type Decode, type Encode } from '../codec';
import { concatenate } from '../concatenate';
import { interleaved } from '../interleave';
import { charls } from './charls';
import { atOnce, ensureRoom } from './codec-memory';
import { type Coding, codingOf, fillSamples } from './coding';
import { decodeSamples } from './decode-samples';
import { encodeSamples } from './encode-samples';
import { jpegHeader } from './jpeg/jpeg-markers';
import { jpegLSOf, roomOfCodeStream } from './jpeg-ls-encoder';
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
 * Colours are not transformed, and samples are interleaved. CharLS encodes all but noise, and the archive's own encoder that:
 * its code stream may be longer than its samples.
 */
export const encodeJPEGLS: Encode = async (frame, options) => {
  const coding = codingOf(frame, false);
  const { format, precision } = coding;
  const length = format.rows * format.columns * format.samplesPerPixel * bytesOfSample(precision);
  ensureRoom(frame.bytes.length, frame.bytes.length + 2.5 * length, options?.room);
  const codeStream = isNoise(coding)
    ? await encodeHere(coding, frame.bytes.length + length, options?.room)
    : await encodeInCharLS(coding).catch(async (error: unknown) => {
        if (!(error instanceof CodecError) || error.reason !== 'malformed') throw error;
        // The memory of CharLS is no longer used, but may be there for some time.
        return await encodeHere(coding, frame.bytes.length + 3 * length, options?.room);
      });
  const stored = precision < format.bitsAllocated ? { bitsStored: precision, highBit: precision - 1 } : {};
  return { codeStream, format: { ...format, ...stored } };
};

/** @throws CodecError `malformed` when the code stream is longer than the buffer that the glue gives to CharLS */
async function encodeInCharLS(coding: Coding): Promise<Uint8Array> {
  const { rows, columns, samplesPerPixel } = coding.format;
  const region = { x: 0, y: 0, width: columns, height: rows };
  return await charls.run(({ JpegLSEncoder }, take) =>
    encodeSamples(new JpegLSEncoder(), coding, region, take, {
      fill: (space) => fillSamples(space, coding, region, false),
      configure: (encoder) => {
        encoder.setNearLossless(0);
        encoder.setInterleaveMode(samplesPerPixel === 1 ? PLANES : BY_SAMPLE);
      },
    }),
  );
}

/** @param held bytes of memory that are in use already */
async function encodeHere(coding: Coding, held: number, room: number | undefined): Promise<Uint8Array> {
  const ask = (bytes: number) => ensureRoom(coding.cells.byteLength, held + bytes, room);
  ask(roomOfCodeStream(coding.cells.byteLength));
  return await jpegLSOf(coding, ask);
}

/** Pairs of neighbours that `isNoise` looks at, about. */
const LOOKED_AT = 4096;

/**
 * Whether samples that fill their cells differ from their neighbours by an eighth of the range on average; in noise it is
 * a third. CharLS would fail after all of the work, and leave memory that cannot be used at once. Where this is
 * wrong, the result is the same.
 */
function isNoise({ cells, precision, format: { samplesPerPixel } }: Coding): boolean {
  if (precision < 8 * bytesOfSample(precision)) return false;
  const mask = 2 ** precision - 1;
  const step = Math.max(1, Math.floor(cells.length / LOOKED_AT));
  let sum = 0;
  let count = 0;
  for (let at = samplesPerPixel; at < cells.length; at += step) {
    sum += Math.abs((cells[at]! & mask) - (cells[at - samplesPerPixel]! & mask));
    count += 1;
  }
  return 8 * sum > count * mask;
}

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
