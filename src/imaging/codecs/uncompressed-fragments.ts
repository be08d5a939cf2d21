import { inflateSync } from 'fflate';
import { CodecError, type Decode } from '../codec';
import { type Frame, frameBytes, type ImageFormat } from '../frame';
import { interleaved } from '../interleave';

/** Encapsulated Uncompressed Explicit VR Little Endian: a fragment is a native frame (PS3.5 A.4.11). */
export const decodeEncapsulatedUncompressed: Decode = async (codeStream, format) => nativeFrame(codeStream, format);

/** Deflated Image Frame Compression: a fragment is a native frame, deflated (PS3.5 A.4.14). */
export const decodeDeflatedFrame: Decode = async (codeStream, format) => {
  const bytes = new Uint8Array(frameBytes(format));
  try {
    return nativeFrame(inflateSync(codeStream, { out: bytes }), format);
  } catch (error) {
    if (error instanceof CodecError) throw error;
    throw new CodecError('malformed', 'the frame cannot be inflated');
  }
};

function nativeFrame(bytes: Uint8Array, format: ImageFormat): Frame {
  const length = frameBytes(format);
  if (bytes.length < length) throw new CodecError('malformed', 'the frame is shorter than it is described');
  return interleaved({ format, bytes: bytes.subarray(0, length) });
}
