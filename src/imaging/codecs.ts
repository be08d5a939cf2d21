import type { Decode, Encode } from './codec';
import { decodeJPEG } from './codecs/jpeg/jpeg';
import { encodeJPEGBaseline } from './codecs/jpeg/jpeg-baseline';
import { encodeJPEGLS } from './codecs/jpeg-ls';
import { decodeJPEG2000 } from './codecs/jpeg2000/jpeg2000';
import { encodeHTJ2K, encodeHTJ2KProgressive, encodeJPEG2000 } from './codecs/jpeg2000/jpeg2000-encoder';
import { decodeRLE } from './codecs/rle';
import { encodeRLE } from './codecs/rle-encoder';
import { decodeDeflatedFrame, decodeEncapsulatedUncompressed } from './codecs/uncompressed-fragments';

const JPEG = '1.2.840.10008.1.2.4.';

const RLE = '1.2.840.10008.1.2.5';

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  [RLE, decodeRLE],
  ['1.2.840.10008.1.2.1.98', decodeEncapsulatedUncompressed],
  ['1.2.840.10008.1.2.8.1', decodeDeflatedFrame],
  [`${JPEG}50`, decodeJPEG],
  [`${JPEG}51`, decodeJPEG],
  [`${JPEG}53`, decodeJPEG],
  [`${JPEG}55`, decodeJPEG],
  [`${JPEG}57`, decodeJPEG],
  [`${JPEG}70`, decodeJPEG],
  [`${JPEG}80`, decodeJPEG],
  [`${JPEG}81`, decodeJPEG],
  [`${JPEG}90`, decodeJPEG2000],
  [`${JPEG}91`, decodeJPEG2000],
  [`${JPEG}92`, decodeJPEG2000],
  [`${JPEG}93`, decodeJPEG2000],
  [`${JPEG}201`, decodeJPEG2000],
  [`${JPEG}202`, decodeJPEG2000],
  [`${JPEG}203`, decodeJPEG2000],
]);

const ENCODERS: ReadonlyMap<string, Encode> = new Map([
  [RLE, encodeRLE],
  [`${JPEG}50`, encodeJPEGBaseline],
  [`${JPEG}80`, encodeJPEGLS],
  [`${JPEG}90`, encodeJPEG2000],
  [`${JPEG}201`, encodeHTJ2K],
  [`${JPEG}202`, encodeHTJ2KProgressive],
]);

/**
 * @returns the decoder for frames of a transfer syntax (PS3.5 annex A); undefined for native syntaxes, video and others
 */
export function decoderOf(transferSyntaxUID: string): Decode | undefined {
  return DECODERS.get(transferSyntaxUID);
}

/** @returns the encoder for frames of a transfer syntax; undefined when there is none */
export function encoderOf(transferSyntaxUID: string): Encode | undefined {
  return ENCODERS.get(transferSyntaxUID);
}
