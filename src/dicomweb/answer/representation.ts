import type { Body } from '../../archive/body/body';
import { lengthOf, type Piece, slice } from '../../archive/body/pieces';
import { type PiecesInTurn, streamInTurn } from '../../archive/body/stream-in-turn';
import { type Streaming, streamPieces } from '../../archive/body/stream-pieces';
import { contentRange, parseRange, unsatisfiedRange } from '../../http/byte-range';
import { ifRangeMatches, isNotModified } from '../../http/conditional';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';

/** A body and what HTTP says of it. */
export interface Representation {
  readonly contentType: string;
  /** Strong: the same text is the same bytes. Without quotes. */
  readonly etag: string;
  /** Or what makes them, when the client has no current copy. */
  readonly pieces: readonly Piece[] | (() => Promise<Body>);
  /** Name that a browser gives the file it keeps the body as; absent: the body is to be shown. ASCII without quotes. */
  readonly fileName?: string;
  /** A browser would run what may be in it: it is told not to. */
  readonly active?: true;
  /** No ranges of it are served: it has to be made from its beginning. */
  readonly whole?: true;
}

/** Part of the tag of what is converted or rendered: another one when the same bytes come to be made differently. */
export const CONVERSION = 'c2';

/**
 * Only the client itself may keep an answer, and the client asks before each use whether its copy is still current
 * (RFC 9111 5.2.2.4). This holds for frames and bulk data too: after a deletion, a restoration or a replacement the same
 * URI names other bytes.
 */
export const REVALIDATE = 'private, no-cache';

/** Styles of its own may be shown, nothing may run or be fetched. */
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups";

/** What an answer depends on beside its URI. */
export const VARY = 'Accept, Authorization, Origin';

/**
 * Answers GET and HEAD: 200, 206 with Range (RFC 9110 14), 304 with If-None-Match (RFC 9110 13), 416. A body whose length
 * is not known beforehand is sent without one, and whole.
 * @throws ObjectMissing when the first object is not there
 */
export async function respond(c: AppContext, representation: Representation): Promise<Response> {
  const { pieces, contentType, fileName } = representation;
  const notModified = unchanged(c, representation.etag);
  if (notModified !== undefined) return notModified;
  const headers = headersOf(representation.etag);
  const body: Body = typeof pieces === 'function' ? await pieces() : { pieces };
  try {
    const ready = isInTurn(body.pieces)
      ? { status: 200, pieces: body.pieces }
      : ranged(c.req.raw, headers, representation, body.pieces);
    headers['Content-Type'] = contentType;
    // RFC 6266.
    if (fileName !== undefined) headers['Content-Disposition'] = `attachment; filename="${fileName}"`;
    if (representation.active) headers['Content-Security-Policy'] = SANDBOX;
    if (c.req.method === 'HEAD') {
      body.release?.();
      return new Response(null, { status: ready.status, headers });
    }
    const { objects } = c.get('archive');
    const streaming: Streaming = isInTurn(ready.pieces)
      ? streamInTurn(objects, ready.pieces)
      : await streamPieces(objects, ready.pieces);
    c.executionCtx.waitUntil(streaming.done.catch(() => undefined).finally(() => body.release?.()));
    return new Response(streaming.body, { status: ready.status, headers });
  } catch (error) {
    body.release?.();
    throw error;
  }
}

/**
 * Answers 304 when the client's copy is current (RFC 9110 13.1.2). Handlers call this before they read what only the body
 * needs.
 * @param etag of the representation that the client would get, without quotes
 * @returns undefined: the client has no copy, or another one
 */
export function unchanged(c: AppContext, etag: string): Response | undefined {
  if (!isNotModified(c.req.raw.headers, `"${etag}"`)) return undefined;
  return new Response(null, { status: 304, headers: headersOf(etag) });
}

/** A plain object: each call of a Headers is a trip out of JavaScript. */
function headersOf(etag: string): Record<string, string> {
  return { ETag: `"${etag}"`, 'Cache-Control': REVALIDATE, Vary: VARY };
}

/** What of the body the request's Range asks for, which is for GET alone (RFC 9110 14.2); the headers say so. */
function ranged(
  { method, headers: asked }: Request,
  headers: Record<string, string>,
  { etag, whole }: Representation,
  pieces: readonly Piece[],
): { readonly status: number; readonly pieces: readonly Piece[] } {
  const length = lengthOf(pieces);
  headers['Accept-Ranges'] = whole ? 'none' : 'bytes';
  const header = whole || method === 'HEAD' ? null : asked.get('Range');
  const range = header !== null && ifRangeMatches(asked, `"${etag}"`) ? parseRange(header, length) : 'whole';
  if (range === 'unsatisfiable') {
    const detail = 'The range begins after the end.';
    throw new HttpProblem('range-not-satisfiable', detail, { 'Content-Range': unsatisfiedRange(length) });
  }
  headers['Content-Length'] = String(range === 'whole' ? length : range.length);
  if (range === 'whole') return { status: 200, pieces };
  headers['Content-Range'] = contentRange(range, length);
  return { status: 206, pieces: slice(pieces, range.offset, range.length) };
}

function isInTurn(pieces: Body['pieces']): pieces is PiecesInTurn {
  return Symbol.asyncIterator in pieces;
}
