import { utf8 } from '../bytes';
import { chained, clip, type Transform } from './transforms';

/**
 * A response body as a list of pieces with known lengths: bytes in memory, ranges of R2 objects that are streamed when
 * their turn comes, and bytes that are made when their turn comes. So every body has a Content-Length, can be cut to a
 * range, and is never held in memory as a whole.
 */
export type Piece = BytesPiece | ObjectPiece | MadePiece;

/** Bytes that are in memory. */
export interface BytesPiece {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** A range of an R2 object. */
export interface ObjectPiece {
  readonly key: string;
  /** Where the range begins in the object, and how long it is there, bytes. */
  readonly offset: number;
  readonly span: number;
  /** Bytes that are sent: `span`, unless a transform changes the length. */
  readonly length: number;
  readonly transform?: Transform;
}

/** Bytes that are made when their turn comes. The response breaks off when the number of bytes is not `length`. */
export interface MadePiece {
  readonly length: number;
  /** Makes the bytes. A response calls this once at most. */
  make(): Uint8Array | Promise<Uint8Array>;
}

/**
 * The bytes of a piece that is made.
 * @throws Error when there are more or fewer bytes than `length`
 */
export async function made(piece: MadePiece): Promise<Uint8Array> {
  const bytes = await piece.make();
  if (bytes.length !== piece.length) throw new Error('A piece of a response does not have the stated length.');
  return bytes;
}

/** A piece of bytes that are in memory. */
export function bytesPiece(bytes: Uint8Array): BytesPiece {
  return { bytes, length: bytes.length };
}

/** @param text is encoded as UTF-8 */
export function textPiece(text: string): BytesPiece {
  return bytesPiece(utf8(text));
}

/** The piece of an object's `span` bytes that begin at byte `offset`. The bytes are sent as they are stored. */
export function objectPiece(key: string, offset: number, span: number): ObjectPiece {
  return { key, offset, span, length: span };
}

/** Bytes of an object that the first call to R2 opens, and that a later one opens at most. */
const FIRST_RANGE_BYTES = 1024 ** 2;
const LONGEST_RANGE_BYTES = 8 * 1024 ** 2;

/**
 * A long range as several shorter ones, each twice as long as the one before. The local runtime reads the whole range
 * of one call to R2 into its memory, even if the client reads slowly or not at all: some clients that do not read would
 * fill the memory of the machine, and other requests would wait until all of that was read.
 */
export function* inRanges(piece: Piece): Generator<Piece> {
  if (!('key' in piece) || piece.transform !== undefined || piece.span <= FIRST_RANGE_BYTES) {
    yield piece;
    return;
  }
  const { key, offset, span } = piece;
  for (
    let at = 0, length = FIRST_RANGE_BYTES;
    at < span;
    at += length, length = Math.min(2 * length, LONGEST_RANGE_BYTES)
  ) {
    yield objectPiece(key, offset + at, Math.min(length, span - at));
  }
}

/** The length of all pieces together, bytes. */
export function lengthOf(pieces: readonly Piece[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

/** The pieces of `length` bytes, beginning at byte `offset`. */
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

/**
 * Splits ranges of objects that are longer than `most` bytes into several pieces. A piece whose bytes a transform
 * changes stays whole, and so do bytes in memory.
 */
export function split(pieces: readonly Piece[], most: number): Piece[] {
  return pieces.flatMap((piece) => {
    if (!('key' in piece) || piece.transform !== undefined || piece.span <= most) return [piece];
    const { key, offset, span } = piece;
    return Array.from({ length: Math.ceil(span / most) }, (_, at) =>
      objectPiece(key, offset + at * most, Math.min(most, span - at * most)),
    );
  });
}

function cut(piece: Piece, from: number, to: number): Piece {
  if ('bytes' in piece) return bytesPiece(piece.bytes.subarray(from, to));
  if ('make' in piece) return { length: to - from, make: async () => (await made(piece)).subarray(from, to) };
  if (piece.transform === undefined) return objectPiece(piece.key, piece.offset + from, to - from);
  return { ...piece, length: to - from, transform: chained(piece.transform, clip(from, to)) };
}
