import { bitsAt } from './bit-packing';
import { CodecError } from './codec';
import { type Frame, frameBytes, type ImageFormat } from './frame';

export interface NativeEncoding {
  /** Explicit VR Big Endian, PS3.5 A.3 of 2016b and before. */
  readonly bigEndian?: boolean;
  /** Value representation of the pixel data; OW decides how big-endian samples of 8 bits or fewer lie (PS3.5 7.3). */
  readonly vr?: string;
  /** Where in `bytes` the frame begins, for frames that begin amid a byte or, in OW, amid a word. */
  readonly bitOffset?: number;
}

/** Bits allocated that samples of other sizes are given. */
const CONTAINERS = [8, 16, 32];

/**
 * One frame of native pixel data.
 * @param bytes as stored: of the frame, or from the byte (in big-endian OW the word) that it begins in to that it ends in
 * @returns the frame in little-endian, its bytes a view of `bytes` where they need no change; samples that are packed
 * without regard to bytes, as with 12 bits allocated (PS3.5 annex D), have 8, 16 or 32 bits allocated then. Planes stay planes.
 * @throws CodecError malformed when bytes are missing; unsupported for samples of more than 32 bits that are packed
 */
export function nativeFrame(bytes: Uint8Array, format: ImageFormat, encoding: NativeEncoding = {}): Frame {
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  const { bigEndian = false, vr = 'OW', bitOffset = 0 } = encoding;
  const length = frameBytes(format);
  const halved = format.photometricInterpretation.endsWith('_422') && samplesPerPixel === 3;
  const samples = rows * columns * (halved ? 2 : samplesPerPixel);
  const bits = samples * bitsAllocated;
  if (bitOffset + bits > bytes.length * 8) throw new CodecError('malformed', 'The frame is cut short');
  const wholeWords = bitsAllocated === 16 || bitsAllocated === 32 || bitsAllocated === 64;
  const words = bigEndian && !wholeWords && vr === 'OW' ? swapped(bytes, 2) : bytes;
  const own = bitsAt(words, bitOffset, bits);
  if (bitsAllocated !== 1 && bitsAllocated % 8 !== 0) return spread(own, format, samples);
  return { format, bytes: bigEndian && wholeWords ? swapped(own.subarray(0, length), bitsAllocated / 8) : own };
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = bytes.slice();
  const whole = out.length - (out.length % size);
  if (size === 2) {
    for (let at = 0; at < whole; at += 2) {
      out[at] = bytes[at + 1]!;
      out[at + 1] = bytes[at]!;
    }
    return out;
  }
  for (let at = 0; at < whole; at += size) {
    for (let byte = 0; byte < size; byte++) out[at + byte] = bytes[at + size - 1 - byte]!;
  }
  return out;
}

/** Gives each sample bytes of its own. */
function spread(packed: Uint8Array, format: ImageFormat, samples: number): Frame {
  const size = format.bitsAllocated;
  const bitsAllocated = CONTAINERS.find((bits) => bits >= size);
  if (bitsAllocated === undefined) throw new CodecError('unsupported', `Samples of ${size} bits allocated`);
  const out =
    bitsAllocated === 8
      ? new Uint8Array(samples)
      : bitsAllocated === 16
        ? new Uint16Array(samples)
        : new Uint32Array(samples);
  // Numbers and not words: 31 bits of a sample and 7 before it are more than a word holds.
  const limit = 2 ** size;
  let held = 0;
  let count = 0;
  let at = 0;
  for (let index = 0; index < samples; index++) {
    while (count < size) {
      held += packed[at++]! * 2 ** count;
      count += 8;
    }
    const rest = Math.floor(held / limit);
    out[index] = held - rest * limit;
    held = rest;
    count -= size;
  }
  return { format: { ...format, bitsAllocated }, bytes: new Uint8Array(out.buffer) };
}
