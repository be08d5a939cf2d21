import { CodecError, type Decode } from '../codec';
import { frameBytes } from '../frame';

const HEADER_BYTES = 64;

/**
 * RLE Lossless: PS3.5 annex G. Each byte of each sample has a segment, the most significant first. Bytes that a segment
 * holds too many are padding.
 */
export const decodeRLE: Decode = async (codeStream, format) => {
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  const packed = bitsAllocated === 1 && samplesPerPixel === 1;
  if (!packed && bitsAllocated % 8 !== 0) throw new CodecError('unsupported', 'RLE holds whole bytes');
  // Single bits are packed, eight to a byte of the one segment.
  const size = packed ? 1 : bitsAllocated / 8;
  const segments = segmentsOf(codeStream, samplesPerPixel * size);
  const stride = samplesPerPixel * size;
  const bytes = new Uint8Array(packed ? frameBytes(format) : rows * columns * stride);
  for (const [index, segment] of segments.entries()) {
    const place = index % size;
    unpack(segment, bytes, index - place + (size - 1 - place), stride);
  }
  return { format: { ...format, planarConfiguration: 0 }, bytes };
};

/** PS3.5 G.5: the number of segments and where each begins. */
function segmentsOf(codeStream: Uint8Array, count: number): Uint8Array[] {
  if (codeStream.length < HEADER_BYTES || count > 15) throw malformed();
  const view = new DataView(codeStream.buffer, codeStream.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== count) throw new CodecError('malformed', 'RLE has another number of segments');
  const offsets = Array.from({ length: count }, (_, index) => view.getUint32(4 + 4 * index, true));
  return offsets.map((offset, index) => {
    const end = offsets[index + 1] ?? codeStream.length;
    if (offset < HEADER_BYTES || end < offset || end > codeStream.length) throw malformed();
    return codeStream.subarray(offset, end);
  });
}

/** PackBits (PS3.5 G.3.2) into every `stride`th byte from `at` on. */
function unpack(segment: Uint8Array, bytes: Uint8Array, at: number, stride: number): void {
  let from = 0;
  let to = at;
  while (to < bytes.length) {
    if (from >= segment.length) throw malformed();
    const header = segment[from++]!;
    if (header < 128) {
      const end = Math.min(from + header + 1, segment.length);
      for (; from < end && to < bytes.length; to += stride) bytes[to] = segment[from++]!;
    } else if (header > 128) {
      if (from >= segment.length) throw malformed();
      const value = segment[from++]!;
      for (let left = 257 - header; left > 0 && to < bytes.length; left--, to += stride) bytes[to] = value;
    }
  }
}

function malformed(): CodecError {
  return new CodecError('malformed', 'the RLE segments are no whole frame');
}
