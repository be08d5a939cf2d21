import { standardMediaType } from '../dictionary/transfer-syntaxes';
import { fourAt, indexOfFour, uint32At } from './big-endian';
import { jpegSyntax } from './code-stream-jpeg';
import { jpeg2000Syntax } from './code-stream-jpeg2000';
import { COMPRESSED, type CodeStream } from './code-stream-result';
import { videoSyntax } from './code-stream-video';

export type { CodeStream } from './code-stream-result';

/**
 * Detects the transfer syntax of compressed bytes from their beginning alone: by the markers of JPEG, JPEG-LS, JPEG
 * 2000 and HTJ2K, the boxes of JPEG XL, MP4 and JP2, and the start codes of MPEG-2. RLE cannot be detected.
 *
 * A reversible wavelet is taken as lossless, although such a code stream may have been truncated.
 *
 * @param bytes from the first byte on; a few KB suffice, unless long comments or colour profiles come before the image
 * @returns undefined when the bytes are none of these, or too few
 */
export function transferSyntaxOfCodeStream(bytes: Uint8Array): CodeStream | undefined {
  return jpegSyntax(bytes) ?? jpeg2000Syntax(bytes) ?? jpegXlSyntax(bytes) ?? videoSyntax(bytes);
}

/** ISO/IEC 18181: a bare code stream, or a container, which may hold the data from which a JPEG file can be rebuilt. */
function jpegXlSyntax(bytes: Uint8Array): CodeStream | undefined {
  const bare = bytes[0] === 0xff && bytes[1] === 0x0a;
  if (!bare && !(uint32At(bytes, 0) === 12 && fourAt(bytes, 4) === 'JXL ')) return undefined;
  const rebuilds = !bare && indexOfFour(bytes, 'jbrd') >= 0;
  return { transferSyntaxUID: `${COMPRESSED}${rebuilds ? 111 : 112}`, offset: 0 };
}

/** PS3.18 table 8.7.3-5: the default transfer syntax of each media type. */
const DEFAULTS: Record<string, string> = {
  'application/octet-stream': '1.2.840.10008.1.2.1',
  'image/jpeg': `${COMPRESSED}70`,
  'image/dicom-rle': '1.2.840.10008.1.2.5',
  'image/jls': `${COMPRESSED}80`,
  'image/jp2': `${COMPRESSED}90`,
  'image/jpx': `${COMPRESSED}92`,
  'image/jphc': `${COMPRESSED}201`,
  'image/jxl': `${COMPRESSED}110`,
  'video/mpeg': `${COMPRESSED}101`,
  'video/mp4': `${COMPRESSED}102`,
  'video/h265': `${COMPRESSED}107`,
};

/**
 * The transfer syntax of bulk data whose media type does not name one (PS3.18 8.7.3.3).
 *
 * @param mediaType type and subtype without parameters, any case
 * @returns undefined for media types without a default
 */
export function defaultTransferSyntaxOf(mediaType: string): string | undefined {
  const key = standardMediaType(mediaType.trim().toLowerCase());
  return Object.hasOwn(DEFAULTS, key) ? DEFAULTS[key] : undefined;
}
