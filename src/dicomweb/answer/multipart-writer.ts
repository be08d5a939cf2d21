import { type Piece, textPiece } from '../../archive/body/pieces';
import type { PiecesInTurn } from '../../archive/body/stream-in-turn';
import { formatMediaType } from '../../http/media-type';

/** One part of a multipart/related body. */
export interface BodyPart {
  /** Of the part, with its transfer-syntax where it has one. */
  readonly contentType: string;
  /** Absolute URI of what the part holds (PS3.18 8.6.1.2.1). */
  readonly location?: string;
  /** In turn, where the body's length need not be known. */
  readonly pieces: readonly Piece[] | PiecesInTurn;
}

/** A part whose length is known. */
export interface KnownPart extends BodyPart {
  readonly pieces: readonly Piece[];
}

/**
 * Lays out a multipart/related body (RFC 2387). The header's first line is `Content-Type:` in exactly this spelling:
 * some viewers compare it letter by letter.
 * @param boundary must not occur in any part: 128 random bits do not
 */
export function multipartPieces(parts: readonly KnownPart[], boundary: string): Piece[] {
  const pieces = parts.flatMap((part, at) => [partHead(part, boundary, at), ...part.pieces]);
  pieces.push(multipartEnd(boundary, parts.length));
  return pieces;
}

/** The same, of parts that get known one after the other. */
export async function* multipartInTurn(parts: AsyncIterable<BodyPart>, boundary: string): PiecesInTurn {
  let count = 0;
  for await (const part of parts) {
    yield partHead(part, boundary, count);
    yield* part.pieces;
    count += 1;
  }
  yield multipartEnd(boundary, count);
}

/** @param at number of the part from 0: all but the first end the one before */
function partHead({ contentType, location }: BodyPart, boundary: string, at: number): Piece {
  const where = location === undefined ? '' : `Content-Location: ${location}\r\n`;
  return textPiece(`${at === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${contentType}\r\n${where}\r\n`);
}

function multipartEnd(boundary: string, parts: number): Piece {
  return textPiece(`${parts === 0 ? '' : '\r\n'}--${boundary}--\r\n`);
}

/** @param type of the parts, or of the first where they differ */
export function multipartType(type: string, boundary: string): string {
  return formatMediaType('multipart/related', [
    ['type', type],
    ['boundary', boundary],
  ]);
}
