/** What a request's conditions say of a GET or HEAD: answer it, 304, or 412. */
export type Conditions = 'met' | 'not-modified' | 'failed';

/**
 * Evaluates the conditions of a GET or HEAD in the order of RFC 9110 13.2.2. If-Modified-Since and If-Unmodified-Since do not
 * count, because no answer has a date of change (13.1.3, 13.1.4).
 * @param etag quoted; undefined when the representation has none, so that no tag names it
 */
export function conditionsOf(headers: Headers, etag: string | undefined): Conditions {
  if (failsToMatch(headers, etag)) return 'failed';
  return isNotModified(headers, etag) ? 'not-modified' : 'met';
}

/**
 * Whether the client's copy is still current, so that the answer is 304 (RFC 9110 13.1.2). Tags are compared weakly, as
 * If-None-Match requires: a proxy that compressed the answer has made its tag weak.
 */
function isNotModified(headers: Headers, etag: string | undefined): boolean {
  const header = headers.get('If-None-Match')?.trim();
  if (header === undefined) return false;
  if (header === '*') return true;
  if (etag === undefined) return false;
  const ours = opaque(etag);
  return [...header.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, tag]) => tag === ours);
}

/**
 * Whether the client asks only for a representation with other tags (RFC 9110 13.1.1, strong comparison), so that the answer is
 * 412. A client that fetches a file in pieces would otherwise join pieces of two files.
 */
function failsToMatch(headers: Headers, etag: string | undefined): boolean {
  const header = headers.get('If-Match')?.trim();
  if (header === undefined || header === '*') return false;
  return !header.split(',').some((tag) => tag.trim() === etag && !etag.startsWith('W/'));
}

/** Whether the client makes its request depend on certain entity tags (RFC 9110 13.1.1): `*` names none. */
export function namesTags(headers: Headers): boolean {
  return (headers.get('If-Match')?.trim() ?? '*') !== '*';
}

/** Whether the client wants a change only where there is nothing yet (RFC 9110 13.1.2). */
export function requiresAbsence(headers: Headers): boolean {
  return headers.get('If-None-Match')?.trim() === '*';
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
