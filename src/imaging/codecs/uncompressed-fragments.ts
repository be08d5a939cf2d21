import { Inflate } from 'fflate';
import { CodecError, type Decode } from '../codec';
import { type Frame, frameBytes, type ImageFormat } from '../frame';
import { formatByLength } from '../image-format';
import { interleaved } from '../interleave';

/** Encapsulated Uncompressed Explicit VR Little Endian: a fragment is a native frame (PS3.5 A.4.11). */
export const decodeEncapsulatedUncompressed: Decode = async (codeStream, format) => nativeFrame(codeStream, format);

/** Deflated Image Frame Compression: a fragment is a native frame, deflated (PS3.5 A.4.14). */
export const decodeDeflatedFrame: Decode = async (codeStream, format) => {
  try {
    return nativeFrame(inflated(codeStream, longestFrame(format)), format);
  } catch (error) {
    if (error instanceof CodecError) throw error;
    throw new CodecError('malformed', 'the frame cannot be inflated');
  }
};

/** Bytes that are inflated at a time. In a hostile stream they may expand a thousandfold. */
const STEP = 4096;

/** Inflates only the bytes that are needed: a hostile stream could take very long. */
function inflated(codeStream: Uint8Array, wanted: number): Uint8Array {
  const bytes = new Uint8Array(wanted);
  let length = 0;
  const inflate = new Inflate((piece) => {
    const some = piece.subarray(0, wanted - length);
    bytes.set(some, length);
    length += some.length;
  });
  for (let at = 0; at < codeStream.length && length < wanted; at += STEP) {
    // Pass a copy: the decoder keeps the bytes that it cannot use yet.
    inflate.push(codeStream.slice(at, at + STEP), at + STEP >= codeStream.length);
  }
  return bytes.subarray(0, length);
}

/** The longest possible frame: for YBR_FULL_422, some writers keep all samples. */
function longestFrame(format: ImageFormat): number {
  return frameBytes({ ...format, photometricInterpretation: 'RGB' });
}

function nativeFrame(bytes: Uint8Array, named: ImageFormat): Frame {
  const format = formatByLength(named, bytes.length * 8);
  const length = frameBytes(format);
  if (bytes.length < length) throw new CodecError('malformed', 'the frame is shorter than its description');
  return interleaved({ format, bytes: bytes.subarray(0, length) });
}
