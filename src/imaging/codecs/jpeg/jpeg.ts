import type { Decode } from '../../codec';
import { decodeJPEGLS } from '../jpeg-ls';
import { decodeJPEGExtended } from './jpeg-extended';
import { decodeJPEGLossless } from './jpeg-lossless';
import { jpegHeader } from './jpeg-markers';

/** The value of `process` in `jpegHeader`: processes up to this one have cosine transforms without hierarchy. */
const PROGRESSIVE = 2;
const JPEG_LS = 55;

/**
 * Decodes JPEG and JPEG-LS by the process in the frame header (ITU-T T.81 table B.1, T.87 C.1.1), whichever of their
 * transfer syntaxes the instance names. The two differ in files of several manufacturers, and most decoders follow the
 * code stream (PS3.5 A.4.1 to A.4.3).
 */
export const decodeJPEG: Decode = async (codeStream, format, room) => {
  const { process } = jpegHeader(codeStream);
  if (process <= PROGRESSIVE) return decodeJPEGExtended(codeStream, format, room);
  return process === JPEG_LS ? decodeJPEGLS(codeStream, format, room) : decodeJPEGLossless(codeStream, format, room);
};
