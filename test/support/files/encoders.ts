import { encodeJPEGLS } from '../../../src/imaging/codecs/jpeg-ls';
import { encodeHTJ2K, encodeJPEG2000 } from '../../../src/imaging/codecs/jpeg2000/jpeg2000-encoder';
import { encodeRLE } from '../../../src/imaging/codecs/rle-encoder';

/** The lossless encoders, by transfer syntax. */
export const ENCODERS = {
  '1.2.840.10008.1.2.5': encodeRLE,
  '1.2.840.10008.1.2.4.80': encodeJPEGLS,
  '1.2.840.10008.1.2.4.90': encodeJPEG2000,
  '1.2.840.10008.1.2.4.201': encodeHTJ2K,
};

/** A transfer syntax that has an encoder. */
export type Encoded = keyof typeof ENCODERS;

export const ENCODED = Object.keys(ENCODERS) as Encoded[];
