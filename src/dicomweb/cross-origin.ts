import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './context';

/** Request headers that clients of other origins may send, and answers' headers that they may read. */
const ALLOWED = [
  'Accept',
  'Authorization',
  'Content-Type',
  'Range',
  'If-None-Match',
  'If-Range',
  'Idempotency-Key',
  'Prefer',
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
];

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET,HEAD,POST,DELETE,OPTIONS',
  'Access-Control-Allow-Headers': ALLOWED.join(','),
  'Access-Control-Max-Age': '86400',
};

/**
 * Lets pages of the configured origins call the API (CORS). On errors too: a browser hides an answer without these
 * headers from its page. A preflight is answered here, for it carries no credentials; any other OPTIONS request goes on.
 */
export const crossOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { corsOrigins } = c.get('config');
  if (corsOrigins.length === 0) return await next();
  const origin = c.req.header('Origin');
  if (isPreflight(c.req.raw)) c.res = new Response(null, { status: 204, headers: PREFLIGHT });
  else await next();
  const { headers } = c.res;
  if (origin !== undefined && (corsOrigins.includes('*') || corsOrigins.includes(origin))) {
    headers.set('Access-Control-Allow-Origin', origin);
  }
  headers.set('Access-Control-Expose-Headers', EXPOSED.join(','));
  headers.append('Vary', 'Origin');
};

/** WHATWG Fetch 3.3.2. */
function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('Origin') && headers.has('Access-Control-Request-Method');
}
