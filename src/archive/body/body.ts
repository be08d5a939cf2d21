import type { Piece } from './pieces';
import type { PiecesInTurn } from './stream-in-turn';

/** The body of a response. */
export interface Body {
  /** A list has a known length. PiecesInTurn has no known length. */
  readonly pieces: readonly Piece[] | PiecesInTurn;
  /**
   * The caller calls this once the body has been sent, or when it will not be sent. It frees the memory that the body
   * holds.
   */
  release?(): void;
}
