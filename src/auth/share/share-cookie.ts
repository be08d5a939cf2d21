/** The cookie of an opened share. Several shares can be open in one browser. */
export function shareCookie(id: string): string {
  return `__Secure-share-${id}`;
}

/**
 * The cookie is sent to the URLs of its share alone (RFC 6265 5.1.4).
 * @param path of the share: /shares/{id}, after the prefix of its archive
 */
export function setShareCookie(id: string, ticket: string, path: string, maxAgeMs: number): string {
  const age = Math.max(0, Math.floor(maxAgeMs / 1000));
  return `${shareCookie(id)}=${ticket}; Path=${path}; Secure; HttpOnly; SameSite=Lax; Max-Age=${age}`;
}
