import type { Body } from '../../archive/body/body';
import { lengthOf, type Piece, slice, split } from '../../archive/body/pieces';
import { type PiecesInTurn, streamInTurn } from '../../archive/body/stream-in-turn';
import { type Holding, type Streaming, streamPieces } from '../../archive/body/stream-pieces';
import { contentRange, parseRange, unsatisfiedRange } from '../../http/byte-range';
import { conditionsOf, ifRangeMatches } from '../../http/conditional';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { CREDENTIAL_CHECKS, credentialSignal } from '../credential-checks';

/** A body that was made for one answer. */
export interface MadeBody extends Body {
  /** Its media type, where that is known only now. */
  readonly contentType?: string;
}

/** A body with the properties that its HTTP headers need. */
export interface Representation {
  readonly contentType: string;
  /** Strong entity tag without quotes: the same tag means the same bytes. */
  readonly etag: string;
  /** The pieces of the body, or a function that makes them when the client has no current copy. */
  readonly pieces: readonly Piece[] | (() => Promise<MadeBody>);
  /** The file name under which a browser saves the body; absent: the browser shows the body. ASCII without quotes. */
  readonly fileName?: string;
  /** The body may contain scripts, and the browser is told not to run them. */
  readonly active?: true;
  /** No ranges of the body are served: it has to be made from its beginning, or clients would mean other bytes. */
  readonly whole?: true;
}

/**
 * Part of the tag of converted or rendered bytes. Change it when the same bytes are converted or rendered differently.
 */
export const CONVERSION = 'c4';

/**
 * Only the client itself may keep an answer, and the client asks before each use whether its copy is still current
 * (RFC 9111 5.2.2.4). This holds for frames and bulk data too: after a deletion, a restoration or a replacement the same
 * URI names other bytes.
 */
export const REVALIDATE = 'private, no-cache';

/** The page may use its own styles. It may not run or fetch anything. */
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups";

/** The request headers, beside the URI, that an answer depends on. */
export const VARY = 'Accept, Authorization, Origin';

/**
 * Answers GET and HEAD: 200, 206 with Range (RFC 9110 14), 304 with If-None-Match and 412 with If-Match (RFC 9110 13),
 * 416. A body of unknown length is sent whole and without Content-Length.
 * @throws ObjectMissing when the first object does not exist
 */
export async function respond(c: AppContext, representation: Representation): Promise<Response> {
  const { pieces, contentType, fileName } = representation;
  const headers = headersOf(representation.etag);
  const unsent = unlessConditionsMet(c, headers);
  if (unsent !== undefined) return unsent;
  const body: MadeBody = typeof pieces === 'function' ? await pieces() : { pieces };
  try {
    const ready = isInTurn(body.pieces)
      ? { status: 200, pieces: body.pieces }
      : ranged(c.req.raw, headers, representation, body.pieces);
    headers['Content-Type'] = body.contentType ?? contentType;
    // Content-Disposition: RFC 6266.
    if (fileName !== undefined) headers['Content-Disposition'] = `attachment; filename="${fileName}"`;
    if (representation.active) headers['Content-Security-Policy'] = SANDBOX;
    if (c.req.method === 'HEAD') {
      body.release?.();
      return new Response(null, { status: ready.status, headers });
    }
    const { objects } = c.get('archive');
    const ledger = c.get('ledger');
    const holding: Holding | undefined =
      body.release === undefined ? undefined : { gone: c.req.raw.signal, wanted: () => ledger.isWanted };
    const streaming: Streaming = isInTurn(ready.pieces)
      ? await streamInTurn(objects, ready.pieces, holding)
      : await streamWatched(c, ready.pieces, holding);
    if (body.release !== undefined) {
      c.executionCtx.waitUntil(streaming.done.catch(() => undefined).finally(() => body.release?.()));
    }
    return new Response(streaming.body, { status: ready.status, headers });
  } catch (error) {
    body.release?.();
    throw error;
  }
}

/**
 * An answer of known length breaks off when the credential of its request is ended. Other answers are broken off where
 * their bytes are counted (observability/audit/counted-body.ts).
 */
async function streamWatched(
  c: AppContext,
  pieces: readonly Piece[],
  holding: Holding | undefined,
): Promise<Streaming> {
  const watch = credentialSignal(c, lengthOf(pieces));
  const watched = watch.signal === undefined ? pieces : split(pieces, CREDENTIAL_CHECKS.pieceBytes);
  const beginning = streamPieces(c.get('archive').objects, watched, holding, watch.signal);
  const sent = beginning.then(({ done }) => done);
  // `beginning` also fails when an object is missing. Without this line, that error would also be an unhandled
  // rejection.
  sent.catch(() => undefined);
  watch.until(sent);
  return await beginning;
}

/**
 * Answers 304 when the client's copy is current (RFC 9110 13.1.2). Handlers call this before they read what only the
 * body needs.
 * @param etag of the representation that the client would get, or might get, without quotes
 * @returns undefined when the client has no copy or an outdated one
 */
export function unchanged(c: AppContext, etag: string): Response | undefined {
  const headers = headersOf(etag);
  return conditionsOf(c.req.raw.headers, headers.ETag) === 'not-modified' ? notModified(headers) : undefined;
}

/**
 * What the conditions of a request with GET or HEAD make of an answer: undefined when it is sent, or 304.
 * @param headers of the answer, with its ETag if it has one
 * @throws HttpProblem 412
 */
export function unlessConditionsMet(c: AppContext, headers: Record<string, string>): Response | undefined {
  const conditions = conditionsOf(c.req.raw.headers, headers.ETag);
  if (conditions === 'met') return undefined;
  if (conditions === 'not-modified') return notModified(headers);
  throw new HttpProblem('precondition-failed', 'If-Match does not name the entity tag of the representation.');
}

function notModified(headers: Record<string, string>): Response {
  return new Response(null, { status: 304, headers });
}

/** A plain object, because each call of a Headers object is a call out of JavaScript. */
function headersOf(etag: string): Record<string, string> {
  return { ETag: `"${etag}"`, 'Cache-Control': REVALIDATE, Vary: VARY };
}

/**
 * The part of the body that the Range header asks for; Range applies only to GET (RFC 9110 14.2). Adds the headers of
 * the range.
 */
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
    const detail = 'The range begins after the end of the representation.';
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
