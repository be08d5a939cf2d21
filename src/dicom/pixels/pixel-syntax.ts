import type { PixelValue } from '../data-set/data-set-results';
import { readUint32 } from '../data-set/element-header';
import { mediaTypeOf, transferSyntaxOf } from '../dictionary/transfer-syntaxes';
import { transferSyntaxOfCodeStream } from './code-stream';

const RLE_LOSSLESS = '1.2.840.10008.1.2.5';

/**
 * The actual transfer syntax of a file with encapsulated pixel data. This is the declared one, unless the first bytes
 * of the pixel data contradict it: clients choose their decoder by it.
 *
 * @param declared the transfer syntax that the file names, or the one guessed from it; a native syntax contradicts
 * encapsulated pixel data
 */
export function actualTransferSyntax(pixels: readonly PixelValue[], declared: string): string {
  const head = pixels.find(({ fragments }) => fragments !== undefined)?.fragments?.head;
  const syntax = transferSyntaxOf(declared);
  // The archive cannot judge a transfer syntax or code stream that it does not know.
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
 * Whether a decoder of one process cannot decode the other: lossless or lossy, or 12 bits where baseline has 8.
 * Sequential and progressive processes, or the predictors of lossless ones, are not distinguished: every decoder takes
 * both.
 */
function differsInProcess(found: string, declared: string, precision: number | undefined): boolean {
  return JPEG_LOSSLESS.has(found) !== JPEG_LOSSLESS.has(declared) || (declared === JPEG_BASELINE && precision === 12);
}

/**
 * Whether two syntaxes are of the same coding, so that a code stream alone cannot tell them apart: they share a media
 * type.
 */
function isOneCoding(one: string, other: string): boolean {
  const coding = (uid: string): string => mediaTypeOf(uid).replace('jpx', 'jp2');
  return coding(one) === coding(other) || !coding(one).startsWith('image/') || !coding(other).startsWith('image/');
}

const RLE_HEADER_BYTES = 64;
const MAX_RLE_SEGMENTS = 15;

/** Whether the bytes are an RLE header (PS3.5 G.5): the number of segments and their starts; unused starts are 0. */
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
