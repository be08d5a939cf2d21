import { CodecError, type Encode } from '../codec';
import { interleaved } from '../interleave';

const HEADER_BYTES = 64;
const MOST_SEGMENTS = 15;
/** The largest number of bytes that one header byte stands for. */
const LONGEST = 128;

/** RLE Lossless: PS3.5 annex G. Each row is packed separately (G.3.1), and segments are padded to an even length. */
export const encodeRLE: Encode = async (frame) => {
  const { format, bytes } = interleaved(frame);
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  const size = bitsAllocated / 8;
  const stride = samplesPerPixel * size;
  if (bitsAllocated % 8 !== 0 || stride > MOST_SEGMENTS || format.photometricInterpretation.endsWith('_422')) {
    throw new CodecError('unsupported', 'the frame has samples that RLE cannot hold');
  }
  if (bytes.length < rows * columns * stride)
    throw new CodecError('malformed', 'the frame is shorter than its description');
  // Worst case without repetition: a header byte for each 128 bytes of a row, and one more at its end.
  const worst = rows * (columns + Math.ceil(columns / LONGEST)) + 1;
  const coded = new Uint8Array(HEADER_BYTES + worst * stride);
  const view = new DataView(coded.buffer);
  view.setUint32(0, stride, true);
  const row = new Uint8Array(columns);
  let at = HEADER_BYTES;
  for (let segment = 0; segment < stride; segment++) {
    view.setUint32(4 + 4 * segment, at, true);
    const place = segment % size;
    let from = segment - place + (size - 1 - place);
    for (let line = 0; line < rows; line++) {
      for (let column = 0; column < columns; column++, from += stride) row[column] = bytes[from]!;
      at = pack(row, coded, at);
    }
    at += at % 2;
  }
  return { codeStream: coded.subarray(0, at), format };
};

/** Packs a row with PackBits: PS3.5 G.3.1. @returns the end of the bytes written */
function pack(row: Uint8Array, coded: Uint8Array, start: number): number {
  let at = start;
  let from = 0;
  while (from < row.length) {
    const repeated = runAt(row, from);
    if (repeated > 1) {
      coded[at++] = 257 - repeated;
      coded[at++] = row[from]!;
      from += repeated;
      continue;
    }
    let end = from + 1;
    // A pair of equal bytes among others is not worth a run of its own.
    while (end < row.length && end - from < LONGEST && runAt(row, end) < 3) end++;
    coded[at++] = end - from - 1;
    for (; from < end; from++) coded[at++] = row[from]!;
  }
  return at;
}

function runAt(row: Uint8Array, from: number): number {
  const value = row[from];
  let end = from + 1;
  while (end < row.length && end - from < LONGEST && row[end] === value) end++;
  return end - from;
}
