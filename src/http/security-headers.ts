/** The facts on which the security headers of an answer depend. */
export interface Setting {
  /** The request came over TLS. */
  readonly secure: boolean;
  /** Origins whose pages may use the answer; `*` stands for any origin. */
  readonly origins: readonly string[];
}

/** Seconds for which a browser that has connected over TLS does not connect without TLS: a year. */
const STRICT_TRANSPORT = 'max-age=31536000';

/** Types that a browser shows with a built-in viewer, which a policy of what the answer may load would stop. */
const SHOWN_BY_BROWSER = /^(application\/pdf|video\/|audio\/)/;

/** Types of XML (RFC 7303 4.2): a browser opens such an answer as a document, which may have markup of a page in it. */
const XML = /^[a-z]+\/(?:[\w.-]+\+)?xml\b/i;

/**
 * Adds the headers that restrict what browsers do with an answer of the archive. Stored bytes come from the viewer's own
 * origin, and URIs name patients' studies.
 * @param headers of the answer; an existing Content-Security-Policy stays, and directives are added to it
 */
export function addSecurityHeaders(headers: Headers, { secure, origins }: Setting): void {
  // Browsers must not guess a type, such as a page or a script (WHATWG Fetch 3.6).
  headers.set('X-Content-Type-Options', 'nosniff');
  // A page to which a stored document links must not get the UIDs in the URI.
  headers.set('Referrer-Policy', 'no-referrer');
  // A page of another site cannot embed the answer, whatever credentials the browser adds (WHATWG Fetch 3.7).
  headers.set('Cross-Origin-Resource-Policy', origins.length === 0 ? 'same-origin' : 'cross-origin');
  headers.set('Content-Security-Policy', policyOf(headers, origins));
  // RFC 6797 7.2: not without TLS.
  if (secure) headers.set('Strict-Transport-Security', STRICT_TRANSPORT);
}

/** CSP 3: an answer that is opened as a page loads and runs nothing, and only our own pages show it in a frame. */
function policyOf(headers: Headers, origins: readonly string[]): string {
  const ancestors = `frame-ancestors ${origins.includes('*') ? '*' : ["'self'", ...origins].join(' ')}`;
  const own = headers.get('Content-Security-Policy');
  if (own !== null) return `${own}; ${ancestors}`;
  const type = headers.get('Content-Type') ?? '';
  if (SHOWN_BY_BROWSER.test(type)) return ancestors;
  return `default-src 'none'; ${XML.test(type) ? 'sandbox; ' : ''}${ancestors}`;
}
