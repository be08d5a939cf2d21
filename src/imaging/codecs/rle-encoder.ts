import { unpackedBits } from '../bit-packing';
import { CodecError, type Encode } from '../codec';
import { frameBytes } from '../frame';
import { interleaved } from '../interleave';

const HEADER_BYTES = 64;
const MOST_SEGMENTS = 15;
/** The longest literal or replicate run, and the shortest replicate run worth ending a literal one for. */
const LONGEST_RUN = 128;
const SHORTEST_REPLICATE = 3;

/** RLE Lossless, PS3.5 annex G: every row on its own, segments of an even length. Single bits lie a pixel in a byte. */
export const encodeRLE: Encode = async (frame) => {
  const { format } = frame;
  const { rows, columns, samplesPerPixel } = format;
  const bits = format.bitsAllocated === 1 && samplesPerPixel === 1;
  const bytesPerSample = bits ? 1 : format.bitsAllocated / 8;
  const pixelBytes = samplesPerPixel * bytesPerSample;
  if (
    !Number.isInteger(bytesPerSample) ||
    pixelBytes > MOST_SEGMENTS ||
    format.photometricInterpretation.endsWith('_422')
  ) {
    throw new CodecError('unsupported', 'RLE cannot hold pixels of this kind');
  }
  if (frame.bytes.length < frameBytes(format)) throw new CodecError('malformed', 'The frame is cut short');
  const bytes = bits ? unpackedBits(frame.bytes, rows * columns) : interleaved(frame).bytes;
  const row = new Uint8Array(columns + Math.ceil(columns / LONGEST_RUN));
  const eachRow = (segment: number, take: (packed: number) => void): void => {
    const sample = Math.floor(segment / bytesPerSample);
    const first = sample * bytesPerSample + (bytesPerSample - 1 - (segment % bytesPerSample));
    for (let y = 0; y < rows; y++) take(packRow(bytes, first + y * columns * pixelBytes, pixelBytes, columns, row));
  };

  // Rows are packed twice, so that no more is allocated than the code stream needs.
  const offsets: number[] = [];
  let length = HEADER_BYTES;
  for (let segment = 0; segment < pixelBytes; segment++) {
    offsets.push(length);
    eachRow(segment, (packed) => {
      length += packed;
    });
    length += length & 1;
  }
  const codeStream = new Uint8Array(length);
  const header = new DataView(codeStream.buffer);
  header.setUint32(0, pixelBytes, true);
  offsets.forEach((offset, segment) => {
    header.setUint32(4 + 4 * segment, offset, true);
    let at = offset;
    eachRow(segment, (packed) => {
      codeStream.set(row.subarray(0, packed), at);
      at += packed;
    });
  });
  return { codeStream, format: { ...format, planarConfiguration: samplesPerPixel > 1 ? 1 : 0 } };
};

/** PS3.5 G.3.1. @returns how many bytes of `target` were filled */
function packRow(source: Uint8Array, first: number, stride: number, count: number, target: Uint8Array): number {
  const end = first + count * stride;
  let to = 0;
  let literal = first;
  let at = first;
  const endLiteral = (until: number): void => {
    while (literal < until) {
      const stop = Math.min(until, literal + LONGEST_RUN * stride);
      target[to++] = (stop - literal) / stride - 1;
      for (; literal < stop; literal += stride) target[to++] = source[literal]!;
    }
  };
  while (at < end) {
    const value = source[at]!;
    const most = Math.min(end, at + LONGEST_RUN * stride);
    let next = at + stride;
    while (next < most && source[next] === value) next += stride;
    const run = (next - at) / stride;
    // A run of two is shorter as one of its own only where no literal run would go on.
    if (run >= SHORTEST_REPLICATE || (run === 2 && literal === at)) {
      endLiteral(at);
      target[to++] = 257 - run;
      target[to++] = value;
      literal = next;
    }
    at = next;
  }
  endLiteral(end);
  return to;
}
