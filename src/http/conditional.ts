/**
 * Whether the client's copy is still current, so that the answer is 304 (RFC 9110 13.1.2). Tags are compared weakly, as
 * If-None-Match requires: a proxy that compressed the answer has made its tag weak. For GET and HEAD.
 * @param etag quoted
 */
export function isNotModified(headers: Headers, etag: string): boolean {
  const header = headers.get('If-None-Match')?.trim();
  if (header === undefined) return false;
  if (header === '*') return true;
  const ours = opaque(etag);
  return [...header.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, tag]) => tag === ours);
}

/**
 * Whether the client asks only for a representation with other tags (RFC 9110 13.1.1, strong comparison), so that the answer is
 * 412. A client that fetches a file in pieces would otherwise join pieces of two files.
 * @param etag quoted
 */
export function failsToMatch(headers: Headers, etag: string): boolean {
  const header = headers.get('If-Match')?.trim();
  if (header === undefined || header === '*') return false;
  return !header.split(',').some((tag) => tag.trim() === etag && !etag.startsWith('W/'));
}

/** Whether the client makes its request depend on certain entity tags (RFC 9110 13.1.1): `*` names none. */
export function namesTags(headers: Headers): boolean {
  return (headers.get('If-Match')?.trim() ?? '*') !== '*';
}

/**
 * Whether a Range header applies (RFC 9110 13.1.5). It applies without If-Range, or when If-Range has exactly the tag
 * of the representation to be sent (strong comparison). A date never matches, because answers carry no date of change.
 * @param etag quoted
 */
export function ifRangeMatches(headers: Headers, etag: string): boolean {
  const header = headers.get('If-Range')?.trim();
  return header === undefined || (header === etag && !etag.startsWith('W/'));
}

/** A weak tag is a strong tag with a mark in front of it; this removes the mark. */
function opaque(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag;
}
