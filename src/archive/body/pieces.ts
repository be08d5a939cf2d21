import { utf8 } from '../bytes';
import { chained, clip, type Transform } from './transforms';

/**
 * An answer's body as a list of pieces whose lengths are known beforehand: bytes of ours, ranges of R2 objects that are
 * streamed when their turn comes, and bytes that are made then. So any body has a Content-Length, can be cut to a range, and is never held.
 */
export type Piece = BytesPiece | ObjectPiece | MadePiece;

export interface BytesPiece {
  readonly bytes: Uint8Array;
  readonly length: number;
}

export interface ObjectPiece {
  readonly key: string;
  /** Of the range in the object, bytes. */
  readonly offset: number;
  readonly span: number;
  /** Bytes that come out: span, unless a transform says otherwise. */
  readonly length: number;
  readonly transform?: Transform;
}

/** Bytes that are not there before their turn: the answer breaks off when they are not exactly `length`. */
export interface MadePiece {
  readonly length: number;
  /** Called once at most for an answer. */
  make(): Uint8Array | Promise<Uint8Array>;
}

/** The bytes of such a piece. @throws Error when there are more or fewer than was said */
export async function made(piece: MadePiece): Promise<Uint8Array> {
  const bytes = await piece.make();
  if (bytes.length !== piece.length) throw new Error('A piece of an answer is not as long as it was said to be.');
  return bytes;
}

/** Bytes that are there. */
export function bytesPiece(bytes: Uint8Array): BytesPiece {
  return { bytes, length: bytes.length };
}

/** @param text becomes UTF-8 */
export function textPiece(text: string): BytesPiece {
  return bytesPiece(utf8(text));
}

export function objectPiece(key: string, offset: number, span: number): ObjectPiece {
  return { key, offset, span, length: span };
}

export function lengthOf(pieces: readonly Piece[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

/** The pieces of the bytes from `offset` on, `length` of them. */
export function slice(pieces: readonly Piece[], offset: number, length: number): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const piece of pieces) {
    const from = Math.max(offset - at, 0);
    const to = Math.min(offset + length - at, piece.length);
    if (from < to) found.push(from === 0 && to === piece.length ? piece : cut(piece, from, to));
    at += piece.length;
  }
  return found;
}

function cut(piece: Piece, from: number, to: number): Piece {
  if ('bytes' in piece) return bytesPiece(piece.bytes.subarray(from, to));
  if ('make' in piece) return { length: to - from, make: async () => (await made(piece)).subarray(from, to) };
  if (piece.transform === undefined) return objectPiece(piece.key, piece.offset + from, to - from);
  return { ...piece, length: to - from, transform: chained(piece.transform, clip(from, to)) };
}
