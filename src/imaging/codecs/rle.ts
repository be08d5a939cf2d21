import { packedBits } from '../bit-packing';
import { CodecError, type Decode } from '../codec';
import { frameBytes, type ImageFormat } from '../frame';
import { checkDecodedSize } from './decoded-size';

/** PS3.5 G.5: the number of segments and their fifteen offsets. */
const HEADER_BYTES = 64;
const MOST_SEGMENTS = 15;
/** Two bytes of PackBits stand for 128 at most. */
const MOST_EXPANSION = 64;

/**
 * RLE Lossless, PS3.5 annex G. A segment may hold more than its plane, which is padding, but not less. Single bits lie a
 * pixel in a byte (PS3.5 G.2); segments that hold them packed, as some writers have it, are taken as well.
 */
export const decodeRLE: Decode = async (codeStream, format) => {
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  if (bitsAllocated === 1 && samplesPerPixel === 1) return decodeBits(codeStream, format);
  if (bitsAllocated % 8 !== 0) throw new CodecError('unsupported', `RLE cannot hold ${bitsAllocated} bits allocated`);
  const bytesPerSample = bitsAllocated / 8;
  const pixelBytes = samplesPerPixel * bytesPerSample;
  const pixels = rows * columns;
  const segments = readSegments(codeStream, pixelBytes);
  const out: ImageFormat = { ...withWholeChroma(format), planarConfiguration: 0 };
  checkDecodedSize(frameBytes(out));
  if (segments.some((segment) => segment.length * MOST_EXPANSION < pixels)) throw tooShort();
  const bytes = new Uint8Array(pixels * pixelBytes);
  segments.forEach((segment, index) => {
    // The most significant byte of a sample has the first segment (PS3.5 G.2).
    const significance = bytesPerSample - 1 - (index % bytesPerSample);
    const first = Math.floor(index / bytesPerSample) * bytesPerSample + significance;
    if (unpackBits(segment, bytes, first, pixelBytes, pixels) < pixels) throw tooShort();
  });
  return { format: out, bytes };
};

function decodeBits(codeStream: Uint8Array, format: ImageFormat) {
  const pixels = format.rows * format.columns;
  checkDecodedSize(pixels + frameBytes(format));
  const [segment] = readSegments(codeStream, 1);
  const unpacked = new Uint8Array(pixels);
  const found = unpackBits(segment!, unpacked, 0, 1, pixels);
  if (found === pixels) return { format, bytes: packedBits(unpacked) };
  if (found < frameBytes(format)) throw tooShort();
  return { format, bytes: unpacked.slice(0, frameBytes(format)) };
}

function withWholeChroma(format: ImageFormat): ImageFormat {
  const photometricInterpretation = format.photometricInterpretation.replace(/_422$/, '');
  return { ...format, photometricInterpretation };
}

function readSegments(codeStream: Uint8Array, count: number): Uint8Array[] {
  if (count > MOST_SEGMENTS) throw new CodecError('unsupported', `RLE cannot hold pixels of ${count} bytes`);
  if (codeStream.length < HEADER_BYTES) throw malformed('its header is cut short');
  const view = new DataView(codeStream.buffer, codeStream.byteOffset, codeStream.byteLength);
  if (view.getUint32(0, true) !== count) throw malformed('it has not as many segments as a pixel has bytes');
  const offsets = Array.from({ length: count }, (_, index) => view.getUint32(4 + 4 * index, true));
  return offsets.map((offset, index) => {
    const end = offsets[index + 1] ?? codeStream.length;
    if (offset < HEADER_BYTES || offset > end || end > codeStream.length) throw malformed('its offsets lead nowhere');
    return codeStream.subarray(offset, end);
  });
}

/**
 * PS3.5 G.3.2.
 * @param stride from one byte of the plane to the next in `target`
 * @returns how many bytes of the plane, at most `count`, the segment held
 */
function unpackBits(segment: Uint8Array, target: Uint8Array, first: number, stride: number, count: number): number {
  const end = first + count * stride;
  const length = segment.length;
  let to = first;
  let at = 0;
  while (at + 1 < length && to < end) {
    const control = segment[at++]!;
    if (control < 128) {
      const stop = Math.min(at + control + 1, length, at + (end - to) / stride);
      for (; at < stop; at++, to += stride) target[to] = segment[at]!;
    } else if (control > 128) {
      const value = segment[at++]!;
      const stop = Math.min(to + (257 - control) * stride, end);
      for (; to < stop; to += stride) target[to] = value;
    }
  }
  return (to - first) / stride;
}

function tooShort(): CodecError {
  return malformed('a segment ends before its plane');
}

function malformed(reason: string): CodecError {
  return new CodecError('malformed', `The RLE code stream cannot be read: ${reason}`);
}
