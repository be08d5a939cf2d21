import type { MiddlewareHandler } from 'hono';
import type { Config } from '../../config';
import { HttpProblem } from '../../http/problem';
import { isSafeMethod } from '../../http/safe-methods';
import type { AppEnv } from '../context';
import { TUS_ANSWER_HEADERS, TUS_REQUEST_HEADERS } from '../uploads/tus-headers';

/** Request headers that clients of other origins may send, and response headers that they may read. */
const ALLOWED = [
  'Accept',
  'Authorization',
  'Content-Type',
  'Range',
  'If-None-Match',
  'If-Range',
  'Idempotency-Key',
  'Prefer',
  'Archive-Bookmark',
  ...TUS_REQUEST_HEADERS,
];
const EXPOSED = [
  'Content-Range',
  'Content-Length',
  'Accept-Ranges',
  'ETag',
  'Content-Disposition',
  'Warning',
  'Location',
  'X-Total-Count',
  'Idempotent-Replayed',
  'X-Request-Id',
  'Archive-Bookmark',
  'Retry-After',
  'WWW-Authenticate',
  ...TUS_ANSWER_HEADERS,
];

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS',
  'Access-Control-Allow-Headers': ALLOWED.join(','),
  'Access-Control-Max-Age': '86400',
};

/**
 * Lets pages of the configured origins call the API (CORS). Errors get these headers too, because a browser hides an
 * answer without them from the page. A preflight is answered here, because it carries no credentials; any other OPTIONS
 * request goes on to its handler.
 */
export const crossOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { corsOrigins } = c.get('config');
  const preflight = isPreflight(c.req.raw);
  if (corsOrigins.length === 0) {
    // An answer without headers that allow the request prevents it in the browser.
    if (preflight) c.res = new Response(null, { status: 204 });
    else await next();
    return;
  }
  const origin = c.req.header('Origin');
  if (preflight) c.res = new Response(null, { status: 204, headers: PREFLIGHT });
  else await next();
  const { headers } = c.res;
  if (origin !== undefined && (corsOrigins.includes('*') || corsOrigins.includes(origin))) {
    headers.set('Access-Control-Allow-Origin', origin);
  }
  headers.set('Access-Control-Expose-Headers', EXPOSED.join(','));
  headers.append('Vary', 'Origin');
};

/**
 * Refuses a request that changes something and that a page of a foreign origin has caused. A form needs no preflight
 * (WHATWG Fetch 4.9), and the browser adds the user's credentials to it. Clients that are not browsers send neither of the
 * two headers.
 * @throws HttpProblem 403
 */
export const refuseForeignPages: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!isSafeMethod(c.req.method) && isForeign(c.req.raw, c.get('config'))) {
    throw new HttpProblem('forbidden', 'Pages of other origins must not change anything here.');
  }
  await next();
};

/**
 * Whether the browser says that a page of this archive's own origin sends the request. Pages of the origins in
 * CORS_ORIGINS are not among them, and a client that is no browser sends no such header.
 */
export function isFromOwnPage(request: Request, config: Config): boolean {
  const { headers } = request;
  if (!headers.has('Origin') && !headers.has('Sec-Fetch-Site')) return false;
  return !isForeign(request, { ...config, corsOrigins: [] });
}

function isForeign({ url, headers }: Request, { corsOrigins, publicOrigins }: Config): boolean {
  const origin = headers.get('Origin');
  if (origin !== null && (corsOrigins.includes('*') || corsOrigins.includes(origin))) return false;
  // Fetch Metadata 2.1. The browser's own statement is also valid behind a proxy that names another host.
  const site = headers.get('Sec-Fetch-Site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  // Compared by host, because behind a proxy that ends TLS the scheme differs from the browser's.
  return (
    origin !== null &&
    !publicOrigins.some((each) => hostOf(each) === hostOf(origin)) &&
    hostOf(origin) !== new URL(url).host
  );
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** WHATWG Fetch 3.3.2. */
function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('Origin') && headers.has('Access-Control-Request-Method');
}
