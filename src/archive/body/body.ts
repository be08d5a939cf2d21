import type { Piece } from './pieces';
import type { PiecesInTurn } from './stream-in-turn';

/** The body of an answer. */
export interface Body {
  /** In turn: the length is not known. */
  readonly pieces: readonly Piece[] | PiecesInTurn;
  /** To be called when the body has been sent, or will not be: what it holds is given back. */
  release?(): void;
}
