import type { ObjectStore } from '../ports';
import type { Piece } from './pieces';
import { openPiece, type Streaming, sendPiece } from './stream-pieces';

/** Pieces that get known only one after the other, when the one before has been taken: a body without a known length. */
export type PiecesInTurn = AsyncIterable<Piece>;

/** Streams such pieces. When one cannot be had, or the client has gone, the iteration is ended. */
export function streamInTurn(objects: ObjectStore, pieces: PiecesInTurn): Streaming {
  const { readable, writable } = new IdentityTransformStream();
  const done = pump(objects, pieces, writable);
  done.catch(() => undefined);
  return { body: readable, done };
}

async function pump(objects: ObjectStore, pieces: PiecesInTurn, writable: WritableStream<Uint8Array>): Promise<void> {
  try {
    for await (const piece of pieces) await sendPiece(piece, (range) => openPiece(objects, range), writable);
    await writable.close();
  } catch (error) {
    await writable.abort(error).catch(() => undefined);
    throw error;
  }
}
