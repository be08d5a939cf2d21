import type { Decode } from '../../codec';
import { decodeJPEGBaseline } from './jpeg-baseline';
import { decodeCosine } from './jpeg-cosine';
import { jpegHeader } from './jpeg-markers';

/**
 * Decodes 8-bit or 12-bit JPEG, sequential or progressive (ITU-T T.81, processes 2 and 4, and the retired 6 and 8, 10
 * and 12): PS3.5 A.4.1. One sample, or three; YCbCr samples become RGB.
 */
export const decodeJPEGExtended: Decode = async (codeStream, format, room) => {
  const header = jpegHeader(codeStream);
  if (header.precision === 8 && header.process < 3) return decodeJPEGBaseline(codeStream, format, room);
  return decodeCosine(codeStream, header, format, room, false);
};
