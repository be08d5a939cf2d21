import { Inflate } from 'fflate';
import { CodecError, type Decode } from '../codec';
import { frameBytes } from '../frame';
import { interleaved } from '../interleave';
import { nativeFrame } from '../native-frame';
import { checkDecodedSize } from './decoded-size';

/** Input given to the decoder at once, which may become a thousand times as much. */
const STEP_BYTES = 4096;

/** Deflated Image Frame Compression, PS3.5 A.4.13: raw deflate (RFC 1951), and perhaps a byte of padding. */
export const decodeDeflatedFrame: Decode = async (codeStream, format) => {
  const length = frameBytes(format);
  checkDecodedSize(length);
  const bytes = new Uint8Array(length);
  let filled = 0;
  const inflate = new Inflate((piece) => {
    bytes.set(piece.subarray(0, length - filled), filled);
    filled = Math.min(length, filled + piece.length);
  });
  try {
    for (let at = 0; at < codeStream.length && filled < length; at += STEP_BYTES) {
      // A copy: the decoder keeps what it cannot use yet.
      inflate.push(codeStream.slice(at, at + STEP_BYTES), false);
    }
    // The decoder holds the last bits back until it is told that they are.
    if (filled < length) inflate.push(new Uint8Array(1), true);
  } catch {
    // What came before may be all that is needed.
  }
  if (filled < length) throw new CodecError('malformed', 'The deflated frame cannot be inflated to its length');
  return interleaved(nativeFrame(bytes, format));
};
