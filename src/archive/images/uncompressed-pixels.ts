import { EXPLICIT_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntaxes';
import type { EncodedFrame } from '../../imaging/codec';
import { beforeAnswer } from '../body/broken-off';
import { type MadePiece, made, type Piece } from '../body/pieces';
import { frameNumbers } from '../retrieve/frames';
import { ConvertedFrames } from './converted-frames';
import type { Image } from './transcode';

/**
 * The value of compressed pixel data in uncompressed form, with all frames. The first frame is decoded at once (of single
 * bits the first eight, which share bytes), the others when their turn comes.
 * @throws as convertedFrame
 */
export async function uncompressedPixels(image: Image): Promise<{ pieces: readonly Piece[]; release(): void }> {
  const frames = new ConvertedFrames(image, EXPLICIT_LITTLE_ENDIAN);
  const numbers = frameNumbers(image.row);
  const first = await frames.beginAsDescribed(numbers);
  try {
    return { pieces: await uncompressedPieces(frames, numbers.length, first), release: () => frames.release() };
  } catch (error) {
    frames.release();
    throw error;
  }
}

/**
 * Pieces of frames that are made when their turn comes, except the first piece. Each frame is as long as the first.
 * @throws as convertedFrame, for the frames of the first piece
 */
export async function uncompressedPieces(
  frames: ConvertedFrames,
  count: number,
  first: EncodedFrame,
): Promise<Piece[]> {
  const { rows, columns, samplesPerPixel, bitsAllocated } = first.format;
  const bits = rows * columns * samplesPerPixel * bitsAllocated;
  const frame = async (number: number) => (await frames.frame(number, first)).codeStream;
  if (bits % 8 === 0) return wholeFrames(count, first.codeStream.length, frame);
  const [group, ...others] = packedFrames(count, bits, frame);
  return [await madeAhead(group!), ...others];
}

/** A failure after the first frame of the piece is known before the answer begins, too. */
async function madeAhead(piece: MadePiece): Promise<MadePiece> {
  let ahead: Uint8Array | undefined = await beforeAnswer(() => made(piece));
  return {
    ...piece,
    async make() {
      const bytes = ahead ?? (await piece.make());
      ahead = undefined;
      return bytes;
    },
  };
}

type FrameOf = (number: number) => Promise<Uint8Array>;

function wholeFrames(count: number, length: number, frame: FrameOf): Piece[] {
  return Array.from({ length: count }, (_, at) => ({ length, make: () => frame(at + 1) }));
}

/**
 * Single bits are packed across frames (PS3.5 8.1.1): eight frames always end at the end of a byte, whatever their
 * length.
 */
function packedFrames(count: number, bits: number, frame: FrameOf): MadePiece[] {
  return Array.from({ length: Math.ceil(count / 8) }, (_, group) => {
    const numbers = Array.from({ length: Math.min(8, count - group * 8) }, (_, at) => group * 8 + at + 1);
    const length = Math.ceil((numbers.length * bits) / 8);
    const make = async () => {
      const bytes = new Uint8Array(length);
      for (const [at, number] of numbers.entries()) appendBits(bytes, at * bits, await frame(number), bits);
      return bytes;
    };
    return { length, make };
  });
}

/** Writes the first `count` bits of a frame, beginning at bit `at`. The first bit is the lowest of a byte. */
function appendBits(bytes: Uint8Array, at: number, frame: Uint8Array, count: number): void {
  const shift = at % 8;
  let to = Math.floor(at / 8);
  for (let from = 0; from * 8 < count; from++) {
    const left = count - from * 8;
    const byte = left >= 8 ? frame[from]! : frame[from]! & ((1 << left) - 1);
    bytes[to]! |= byte << shift;
    to += 1;
    if (shift > 0 && to < bytes.length) bytes[to]! |= byte >> (8 - shift);
  }
}
