import type { ObjectStore } from '../object-store';
import { inRanges, type ObjectPiece, type Piece } from './pieces';
import { type Holding, logBreak, openPiece, type Streaming, sendPiece } from './stream-pieces';

/**
 * Pieces that are made one after the other, each when the piece before it has been read. Such a body has no known length.
 */
export type PiecesInTurn = AsyncIterable<Piece>;

/**
 * Streams such pieces. The iteration ends when a piece is not available, or when the client has disconnected.
 * @throws what the first pieces throw, and ObjectMissing when the first object is not there: nothing has been sent then
 */
export async function streamInTurn(objects: ObjectStore, pieces: PiecesInTurn, holding?: Holding): Promise<Streaming> {
  const { begun, open } = await begin(objects, eachInRanges(pieces));
  const { readable, writable } = new IdentityTransformStream();
  const done = pump(begun, open, writable, holding);
  done.catch(() => undefined);
  return { body: readable, done };
}

async function* eachInRanges(pieces: PiecesInTurn): AsyncGenerator<Piece> {
  for await (const piece of pieces) yield* inRanges(piece);
}

/**
 * Takes the first pieces before their turn: the header of the first part and the beginning of its content, which may be
 * an object that has to be opened.
 */
async function begin(objects: ObjectStore, pieces: PiecesInTurn) {
  const iterator = pieces[Symbol.asyncIterator]();
  const first: Piece[] = [];
  let ahead: ReadableStream<Uint8Array> | undefined;
  try {
    while (first.length < FIRST_PIECES && ahead === undefined) {
      const { value, done } = await iterator.next();
      if (done) break;
      first.push(value);
      if ('key' in value) ahead = await openPiece(objects, value);
    }
  } catch (error) {
    await iterator.return?.();
    throw error;
  }
  return {
    begun: resumed(first, iterator),
    open: async (piece: ObjectPiece): Promise<ReadableStream<Uint8Array>> => {
      const opened = piece === first.at(-1) ? ahead : undefined;
      ahead = undefined;
      return opened ?? (await openPiece(objects, piece));
    },
  };
}

const FIRST_PIECES = 2;

async function* resumed(first: readonly Piece[], rest: AsyncIterator<Piece>): AsyncGenerator<Piece> {
  try {
    yield* first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function pump(
  pieces: PiecesInTurn,
  open: (piece: ObjectPiece) => Promise<ReadableStream<Uint8Array>>,
  writable: WritableStream<Uint8Array>,
  holding: Holding | undefined,
): Promise<void> {
  try {
    for await (const piece of pieces) await sendPiece(piece, open, writable, holding);
    await writable.close();
  } catch (error) {
    await writable.abort(logBreak(error)).catch(() => undefined);
    throw error;
  }
}
