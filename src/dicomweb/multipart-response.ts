import type { AppContext } from './context';
import { type BodyPart, multipartPieces, multipartType } from './multipart-writer';
import { respond } from './representation';

/**
 * Answers with a multipart body.
 * @param boundary made of versions, which nobody can know before the bytes are stored; so no file can hold it, and the
 * same parts are the same body each time
 * @param type of the parts, or of the first where they differ
 */
export async function respondMultipart(
  c: AppContext,
  boundary: string,
  etag: string,
  type: string,
  parts: readonly BodyPart[],
  cacheControl: string,
): Promise<Response> {
  const contentType = multipartType(type, boundary);
  return await respond(c, { contentType, etag, pieces: multipartPieces(parts, boundary), cacheControl });
}
