import { type Piece, textPiece } from '../archive/pieces';
import { formatMediaType } from './media-type';

/** One part of a multipart/related body. */
export interface BodyPart {
  /** Of the part, with its transfer-syntax where it has one. */
  readonly contentType: string;
  /** Absolute URI of what the part holds (PS3.18 8.6.1.2.1). */
  readonly location?: string;
  readonly pieces: readonly Piece[];
}

/**
 * Lays out a multipart/related body (RFC 2387). The header's first line is `Content-Type:` in exactly this spelling:
 * some viewers compare it letter by letter.
 * @param boundary must not occur in any part: 128 random bits do not
 */
export function multipartPieces(parts: readonly BodyPart[], boundary: string): Piece[] {
  const pieces: Piece[] = [];
  let before = '';
  for (const { contentType, location, pieces: body } of parts) {
    const where = location === undefined ? '' : `Content-Location: ${location}\r\n`;
    pieces.push(textPiece(`${before}--${boundary}\r\nContent-Type: ${contentType}\r\n${where}\r\n`), ...body);
    before = '\r\n';
  }
  pieces.push(textPiece(`${before}--${boundary}--\r\n`));
  return pieces;
}

/** @param type of the parts, or of the first where they differ */
export function multipartType(type: string, boundary: string): string {
  return formatMediaType('multipart/related', [
    ['type', type],
    ['boundary', boundary],
  ]);
}
