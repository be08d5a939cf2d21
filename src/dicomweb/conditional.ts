/** Whether If-None-Match (RFC 9110 13.1.2) names this entity tag, so that the answer is 304. @param etag with its quotes */
export function isNotModified(headers: Headers, etag: string): boolean {
  const header = headers.get('If-None-Match');
  if (header === null) return false;
  if (header.trim() === '*') return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag.replace(/^W\//, '') === etag);
}

/** Whether Range counts: If-Range (RFC 9110 13.1.5) is absent or names this strong entity tag. */
export function ifRangeMatches(headers: Headers, etag: string): boolean {
  const header = headers.get('If-Range');
  return header === null || header.trim() === etag;
}
