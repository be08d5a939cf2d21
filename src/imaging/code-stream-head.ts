import { fourAt, uint16At, uint32At } from '../dicom/pixels/big-endian';
import { CodecError } from './codec';
import { jpegHeader } from './codecs/jpeg/jpeg-markers';
import { readJpeg2000Header } from './codecs/jpeg2000/jpeg2000-header';
import { ensureRLEHeader } from './codecs/rle';
import type { ImageFormat } from './frame';

/** Bytes of a code stream that hold its header, unless a colour profile or a long comment comes before the image. */
export const HEAD_BYTES = 2048;

/**
 * Checks the beginning of a frame's code stream, as its decoder will. What comes after the header is not checked.
 * @param head the first HEAD_BYTES, or all bytes
 * @param length of the whole code stream, bytes
 * @param format of the instance
 * @returns the size of the image, if the code stream has one and its header is not longer than the head
 * @throws CodecError when the frame cannot be decoded
 */
export function readHead(
  transferSyntaxUID: string,
  head: Uint8Array,
  length: number,
  format: ImageFormat,
): Size | undefined {
  if (transferSyntaxUID === RLE) return ensureRLEHeader(head, length, format);
  const kind = KINDS.find(({ uids }) => uids.test(transferSyntaxUID));
  if (kind === undefined) return undefined;
  if (!kind.begins(head, length)) throw new CodecError('malformed', 'a frame does not begin with a code stream');
  const size = sizeOf(kind.size, head, length);
  // A JPEG may state the number of its rows after its first scan (T.81 B.2.5).
  return size?.rows === 0 ? undefined : size;
}

const RLE = '1.2.840.10008.1.2.5';

/** The size of the image in a code stream. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

interface Kind {
  readonly uids: RegExp;
  begins(head: Uint8Array, length: number): boolean;
  size(head: Uint8Array): Size | undefined;
}

const SOI = 0xffd8;
const SOC = 0xff4f;

const KINDS: readonly Kind[] = [
  {
    // Their decoder finds out which process a code stream has.
    uids: /^1\.2\.840\.10008\.1\.2\.4\.(5\d|70|8[01])$/,
    begins: (head) => uint16At(head, 0) === SOI,
    size: jpegHeader,
  },
  {
    uids: /^1\.2\.840\.10008\.1\.2\.4\.(9[0-3]|20[1-3])$/,
    begins: (head, length) => uint16At(head, 0) === SOC || isBox(head, length),
    size: (head) => (uint16At(head, 0) === SOC ? readJpeg2000Header(head) : undefined),
  },
];

/** Whether a JP2 file can begin here: its first box does not reach beyond the end (T.800 I.4). */
function isBox(head: Uint8Array, length: number): boolean {
  const box = uint32At(head, 0);
  return ['jP  ', 'jp2c'].includes(fourAt(head, 4)) || (box >= 8 && box <= length);
}

/** @returns undefined when the header is longer than the head. @throws CodecError */
function sizeOf(read: Kind['size'], head: Uint8Array, length: number): Size | undefined {
  try {
    return read(head);
  } catch (error) {
    if (head.length === length || !(error instanceof CodecError)) throw error;
    return undefined;
  }
}
