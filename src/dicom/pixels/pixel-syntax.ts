import type { PixelValue } from '../data-set/data-set-results';
import { readUint32 } from '../data-set/element-header';
import { mediaTypeOf, transferSyntaxOf } from '../dictionary/transfer-syntaxes';
import { transferSyntaxOfCodeStream } from './code-stream';

const RLE_LOSSLESS = '1.2.840.10008.1.2.5';

/**
 * The transfer syntax that a file with encapsulated pixel data is in: as it says, unless the first bytes of the pixel data
 * say otherwise, for clients decode by it.
 *
 * @param declared of the file, whether it says so or looks so; encapsulated pixel data contradicts a native one
 */
export function actualTransferSyntax(pixels: readonly PixelValue[], declared: string): string {
  const head = pixels.find(({ fragments }) => fragments !== undefined)?.fragments?.head;
  const syntax = transferSyntaxOf(declared);
  // With one that the archive does not know, nothing can be wrong.
  if (head === undefined || syntax === undefined) return declared;
  const codeStream = transferSyntaxOfCodeStream(head);
  const found = codeStream?.transferSyntaxUID ?? (isRLE(head) ? RLE_LOSSLESS : undefined);
  if (found === undefined) return declared;
  const otherProcess = isJPEG(found) && isJPEG(declared) && differsInProcess(found, declared, codeStream?.precision);
  return syntax.encapsulated && isOneCoding(found, declared) && !otherProcess ? declared : found;
}

const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
const JPEG_LOSSLESS = new Set(['1.2.840.10008.1.2.4.57', '1.2.840.10008.1.2.4.70']);

function isJPEG(uid: string): boolean {
  return mediaTypeOf(uid) === 'image/jpeg';
}

/**
 * Whether a decoder of the one process cannot take the other: with loss or without, or 12 bits where baseline has 8.
 * Sequential and progressive, or the predictors of lossless ones, are not told apart: every decoder takes both.
 */
function differsInProcess(found: string, declared: string, precision: number | undefined): boolean {
  return JPEG_LOSSLESS.has(found) !== JPEG_LOSSLESS.has(declared) || (declared === JPEG_BASELINE && precision === 12);
}

/** Syntaxes that a code stream alone cannot tell apart for certain share a media type. */
function isOneCoding(one: string, other: string): boolean {
  const coding = (uid: string): string => mediaTypeOf(uid).replace('jpx', 'jp2');
  return coding(one) === coding(other) || !coding(one).startsWith('image/') || !coding(other).startsWith('image/');
}

const RLE_HEADER_BYTES = 64;
const MAX_RLE_SEGMENTS = 15;

/** PS3.5 G.5: the number of segments and where each starts; those not there start at 0. */
function isRLE(bytes: Uint8Array): boolean {
  if (bytes.length < RLE_HEADER_BYTES) return false;
  const segments = readUint32(bytes, 0, false);
  if (segments < 1 || segments > MAX_RLE_SEGMENTS) return false;
  let last = 0;
  for (let index = 1; index <= MAX_RLE_SEGMENTS; index++) {
    const offset = readUint32(bytes, 4 * index, false);
    if (index === 1 ? offset !== RLE_HEADER_BYTES : index > segments ? offset !== 0 : offset <= last) return false;
    last = offset;
  }
  return true;
}
