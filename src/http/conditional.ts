/**
 * Whether the client's copy is still good, so that 304 answers (RFC 9110 13.1.2). Compared weakly, as the header wants:
 * a proxy that compressed the answer has made its tag weak. For GET and HEAD.
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
 * Whether a Range header counts (RFC 9110 13.1.5): it does without If-Range, and with the very tag of what would be sent,
 * compared strongly. A date never matches, for answers carry none.
 * @param etag quoted
 */
export function ifRangeMatches(headers: Headers, etag: string): boolean {
  const header = headers.get('If-Range')?.trim();
  return header === undefined || (header === etag && !etag.startsWith('W/'));
}

/** Weak tags differ from strong ones in nothing but their mark. */
function opaque(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag;
}
