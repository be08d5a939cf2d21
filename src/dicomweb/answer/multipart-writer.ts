import { type Piece, textPiece } from '../../archive/body/pieces';
import type { PiecesInTurn } from '../../archive/body/stream-in-turn';
import { formatMediaType } from '../../http/media-type';

/** One part of a multipart/related body. */
export interface BodyPart {
  /** Media type of the part, with its transfer-syntax if it has one. */
  readonly contentType: string;
  /** Absolute URI of the content of the part (PS3.18 8.6.1.2.1). */
  readonly location?: string;
  /** Pieces in turn are allowed where the length of the body need not be known. */
  readonly pieces: readonly Piece[] | PiecesInTurn;
}

/** A part whose length is known. */
export interface KnownPart extends BodyPart {
  readonly pieces: readonly Piece[];
}

/**
 * Lays out a multipart/related body (RFC 2387). The first line of each header is `Content-Type:` in exactly this
 * spelling, because some viewers compare it letter by letter.
 * @param boundary must not occur in any part; 128 random bits are enough for that
 */
export function multipartPieces(parts: readonly KnownPart[], boundary: string): Piece[] {
  const pieces = parts.flatMap((part, at) => [partHead(part, boundary, at), ...part.pieces]);
  pieces.push(multipartEnd(boundary, parts.length));
  return pieces;
}

/** Does the same for parts that become known one after the other. */
export async function* multipartInTurn(parts: AsyncIterable<BodyPart>, boundary: string): PiecesInTurn {
  let count = 0;
  for await (const part of parts) {
    yield partHead(part, boundary, count);
    yield* part.pieces;
    count += 1;
  }
  yield multipartEnd(boundary, count);
}

/** @param at number of the part, from 0; the head of every part but the first also ends the part before */
function partHead({ contentType, location }: BodyPart, boundary: string, at: number): Piece {
  const where = location === undefined ? '' : `Content-Location: ${location}\r\n`;
  return textPiece(`${at === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${contentType}\r\n${where}\r\n`);
}

function multipartEnd(boundary: string, parts: number): Piece {
  return textPiece(`${parts === 0 ? '' : '\r\n'}--${boundary}--\r\n`);
}

/** The Content-Type of a multipart/related body. @param type of the parts, or of the first part if they differ */
export function multipartType(type: string, boundary: string): string {
  return formatMediaType('multipart/related', [
    ['type', type],
    ['boundary', boundary],
  ]);
}
