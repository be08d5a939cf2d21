import type { ObjectStore } from '../ports';
import type { Piece } from './pieces';
import { openPiece, type Streaming, sendPiece } from './stream-pieces';

/**
 * Pieces that become known one after the other, each when the one before has been taken. Such a body has no known
 * length.
 */
export type PiecesInTurn = AsyncIterable<Piece>;

/** Streams such pieces. The iteration ends when a piece is not available, or when the client has disconnected. */
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
