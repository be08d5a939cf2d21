import { isNotModified } from '../../http/conditional';
import type { AppContext } from '../context';
import { REVALIDATE, VARY } from './representation';

/** Metadata, as DICOM JSON or else, and what HTTP says of it. */
export interface JSONAnswer {
  /** With its parameters. */
  readonly mediaType: string;
  /** Strong, without quotes; absent where nothing is known that names the answer. */
  readonly etag?: string;
  readonly warnings?: readonly string[];
  /** Called for GET alone, and only when the client has no current copy. */
  open(): string | ReadableStream<Uint8Array>;
}

/**
 * Answers with DICOM JSON or another form of metadata: 200, or 304. It is sent uncompressed: the edge compresses for the clients that take it, when
 * a compression rule names the type.
 */
export function jsonResponse(c: AppContext, answer: JSONAnswer): Response {
  const { headers: asked, method } = c.req.raw;
  const headers = new Headers({ 'Cache-Control': REVALIDATE, Vary: VARY });
  for (const warning of answer.warnings ?? []) headers.append('Warning', warning);
  if (answer.etag !== undefined) {
    const etag = `"${answer.etag}"`;
    headers.set('ETag', etag);
    if (isNotModified(asked, etag)) return new Response(null, { status: 304, headers });
  }
  headers.set('Content-Type', answer.mediaType);
  return new Response(method === 'HEAD' ? null : answer.open(), { headers });
}
