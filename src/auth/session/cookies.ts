/**
 * Cookies with the prefix `__Host-` (RFC 6265bis 4.1.3.2): only this host can set them, over TLS, and no other host gets
 * them. SameSite=Lax: pages of other sites cannot have them sent, except by a link to a page.
 */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** The cookie of a session in the viewer. */
export const SESSION_COOKIE = '__Host-session';

/** The cookie of a sign-in that is under way. Each has its own, so that two tabs can sign in at the same time. */
export function signInCookie(state: string): string {
  return `__Host-sign-in-${state.slice(0, 8)}`;
}

/** @param maxAgeMs 0 deletes the cookie */
export function setCookie(name: string, value: string, maxAgeMs: number): string {
  return `${name}=${value}; ${ATTRIBUTES}; Max-Age=${Math.floor(maxAgeMs / 1000)}`;
}

/**
 * A text without the white space of RFC 6265 4.2.1. Other white space is part of the name: browsers do not recognise the
 * prefix of such a name, so any host of the domain could set the cookie.
 */
function bare(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

/**
 * Reads a cookie from the header.
 * @returns undefined when there is none; the first one when there are several
 */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  if (!header?.includes(name)) return undefined;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && bare(pair.slice(0, at)) === name) return bare(pair.slice(at + 1));
  }
  return undefined;
}
