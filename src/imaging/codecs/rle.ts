import { CodecError, type Decode } from '../codec';
import { type Frame, frameBytes, type ImageFormat } from '../frame';
import { packedBits, photometricOf } from './samples';

const HEADER_BYTES = 64;

/**
 * RLE Lossless: PS3.5 annex G. Each byte of each sample has a segment, the most significant byte first. Surplus bytes
 * of a segment are padding.
 */
export const decodeRLE: Decode = async (codeStream, format) => {
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  if (bitsAllocated === 1 && samplesPerPixel === 1) return decodeBits(codeStream, format);
  if (bitsAllocated % 8 !== 0) throw new CodecError('unsupported', 'RLE requires whole bytes');
  const size = bitsAllocated / 8;
  const stride = samplesPerPixel * size;
  const bytes = new Uint8Array(rows * columns * stride);
  for (const [index, segment] of segmentsOf(codeStream, stride).entries()) {
    const place = index % size;
    if (unpack(segment, bytes, index - place + (size - 1 - place), stride) < bytes.length) throw malformed();
  }
  const photometricInterpretation = photometricOf(samplesPerPixel, format);
  return { format: { ...format, photometricInterpretation, planarConfiguration: 0 }, bytes };
};

/** Single-bit pixels take one byte each; some writers pack them instead. */
function decodeBits(codeStream: Uint8Array, format: ImageFormat): Frame {
  const pixels = new Uint8Array(format.rows * format.columns);
  const length = frameBytes(format);
  const found = unpack(segmentsOf(codeStream, 1)[0]!, pixels, 0, 1);
  if (found < length) throw malformed();
  return { format, bytes: found < pixels.length ? pixels.slice(0, length) : packedBits(pixels) };
}

/**
 * Checks the header of a frame.
 * @param head its first 64 bytes or more
 * @param length of the whole frame, bytes
 * @throws CodecError
 */
export function ensureRLEHeader(head: Uint8Array, length: number, format: ImageFormat): undefined {
  const { bitsAllocated, samplesPerPixel } = format;
  segmentPlaces(head, length, bitsAllocated === 1 ? 1 : (samplesPerPixel * bitsAllocated) / 8);
}

/** PS3.5 G.5: the segments, from their number and their starts. */
function segmentsOf(codeStream: Uint8Array, count: number): Uint8Array[] {
  return segmentPlaces(codeStream, codeStream.length, count).map(([from, end]) => codeStream.subarray(from, end));
}

function segmentPlaces(head: Uint8Array, length: number, count: number): [from: number, end: number][] {
  if (head.length < HEADER_BYTES || count > 15) throw malformed();
  const view = new DataView(head.buffer, head.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== count) throw new CodecError('malformed', 'the number of RLE segments is wrong');
  const offsets = Array.from({ length: count }, (_, index) => view.getUint32(4 + 4 * index, true));
  return offsets.map((offset, index) => {
    const end = offsets[index + 1] ?? length;
    if (offset < HEADER_BYTES || end < offset || end > length) throw malformed();
    return [offset, end];
  });
}

/**
 * Unpacks PackBits (PS3.5 G.3.2) into every `stride`th byte from `at` on.
 * @returns the position of the next byte; it is beyond the end when the segment had enough bytes
 */
function unpack(segment: Uint8Array, bytes: Uint8Array, at: number, stride: number): number {
  let from = 0;
  let to = at;
  while (to < bytes.length && from + 1 < segment.length) {
    const header = segment[from++]!;
    if (header < 128) {
      const end = Math.min(from + header + 1, segment.length);
      for (; from < end && to < bytes.length; to += stride) bytes[to] = segment[from++]!;
    } else if (header > 128) {
      const value = segment[from++]!;
      for (let left = 257 - header; left > 0 && to < bytes.length; left--, to += stride) bytes[to] = value;
    }
  }
  return to;
}

function malformed(): CodecError {
  return new CodecError('malformed', 'the RLE segments do not contain a whole frame');
}
