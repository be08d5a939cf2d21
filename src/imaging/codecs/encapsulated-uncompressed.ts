import type { Decode } from '../codec';
import { interleaved } from '../interleave';
import { nativeFrame } from '../native-frame';

/** Encapsulated Uncompressed Explicit VR Little Endian, PS3.5 A.4.11: a native frame in a fragment. */
export const decodeEncapsulatedUncompressed: Decode = async (codeStream, format) =>
  interleaved(nativeFrame(codeStream, format));
