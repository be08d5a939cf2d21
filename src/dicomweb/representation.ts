import { lengthOf, type Piece, slice } from '../archive/pieces';
import { streamPieces } from '../archive/stream-pieces';
import { contentRange, parseRange, unsatisfiedRange } from './byte-range';
import { ifRangeMatches, isNotModified } from './conditional';
import type { AppContext } from './context';
import { HttpProblem } from './problem';

/** A body of known length and what HTTP says of it. */
export interface Representation {
  readonly contentType: string;
  /** Strong: the same text is the same bytes. Without quotes. */
  readonly etag: string;
  readonly pieces: readonly Piece[];
  readonly cacheControl: string;
  /** Name that a browser gives the file it keeps the body as; absent: the body is to be shown. ASCII without quotes. */
  readonly fileName?: string;
  /** A browser would run what may be in it: it is told not to. */
  readonly active?: true;
  /** No ranges of it are served: it has to be made from its beginning. */
  readonly whole?: true;
}

/** Only those who may see the bytes may keep them. */
const IMMUTABLE = 'private, max-age=31536000, immutable';

/** May be kept, but must be asked for again: instances may have come or gone. */
export const REVALIDATE = 'private, no-cache';

/** Frames and bulk data: under the same URI they are the same for good, unless instances may be replaced. */
export function cacheControlOfBytes(c: AppContext): string {
  return c.get('config').duplicates.duplicates === 'replace' ? REVALIDATE : IMMUTABLE;
}

/** What an answer depends on beside its URI. */
export const VARY = 'Accept, Authorization, Origin';

/**
 * Answers GET and HEAD: 200, 206 with Range (RFC 9110 14), 304 with If-None-Match (RFC 9110 13), 416.
 * @throws ObjectMissing when the first object is not there
 */
export async function respond(c: AppContext, representation: Representation): Promise<Response> {
  const { pieces, contentType, cacheControl, fileName } = representation;
  const etag = `"${representation.etag}"`;
  const headers = new Headers({ ETag: etag, 'Cache-Control': cacheControl, Vary: VARY });
  const request = c.req.raw;
  if (isNotModified(request.headers, etag)) return new Response(null, { status: 304, headers });
  const length = lengthOf(pieces);
  headers.set('Accept-Ranges', representation.whole ? 'none' : 'bytes');
  const ranged = !representation.whole && ifRangeMatches(request.headers, etag);
  const range = ranged ? parseRange(request.headers.get('Range'), length) : 'whole';
  if (range === 'unsatisfiable') {
    const detail = 'The range begins after the end.';
    throw new HttpProblem('range-not-satisfiable', detail, { 'Content-Range': unsatisfiedRange(length) });
  }
  headers.set('Content-Type', contentType);
  // RFC 6266.
  if (fileName !== undefined) headers.set('Content-Disposition', `attachment; filename="${fileName}"`);
  if (representation.active) headers.set('Content-Security-Policy', "default-src 'none'; sandbox");
  let status = 200;
  let wanted: readonly Piece[] = pieces;
  if (range !== 'whole') {
    status = 206;
    headers.set('Content-Range', contentRange(range, length));
    wanted = slice(pieces, range.offset, range.length);
  }
  headers.set('Content-Length', String(range === 'whole' ? length : range.length));
  if (request.method === 'HEAD') return new Response(null, { status, headers });
  const { body, done } = await streamPieces(c.get('archive').objects, wanted);
  c.executionCtx.waitUntil(done.catch(() => undefined));
  return new Response(body, { status, headers });
}
