import type { AppContext } from '../context';
import { REVALIDATE, unlessConditionsMet, VARY } from './respond';

/** Metadata, as DICOM JSON or in another form, with its HTTP headers. */
export interface JSONAnswer {
  /** Media type with its parameters. */
  readonly mediaType: string;
  /** Strong entity tag without quotes; absent when the answer has no tag. */
  readonly etag?: string;
  readonly warnings?: readonly string[];
  /** Called only for GET, and only when the client has no current copy. */
  open(): Promise<ReadableStream<Uint8Array> | Uint8Array>;
}

/**
 * Answers with DICOM JSON or another form of metadata: 200, or 304 and 412 by the request's conditions. The body is
 * sent uncompressed. The edge compresses it for clients that support compression, if a compression rule names the media
 * type.
 */
export async function jsonResponse(c: AppContext, answer: JSONAnswer): Promise<Response> {
  // A plain object, because each call of a Headers object is a call out of JavaScript.
  const headers: Record<string, string> = { 'Cache-Control': REVALIDATE, Vary: VARY };
  if (answer.warnings?.length) headers.Warning = answer.warnings.join(', ');
  if (answer.etag !== undefined) headers.ETag = `"${answer.etag}"`;
  const unsent = unlessConditionsMet(c, headers);
  if (unsent !== undefined) return unsent;
  headers['Content-Type'] = answer.mediaType;
  return new Response(c.req.raw.method === 'HEAD' ? null : await answer.open(), { headers });
}
