import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
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

/**
 * Lets pages of the configured origins call the API (CORS). On errors too: a browser hides an answer without these
 * headers from its page.
 */
export const crossOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { corsOrigins } = c.get('config');
  if (corsOrigins.length === 0) return await next();
  const allowed = (origin: string) => (corsOrigins.includes('*') || corsOrigins.includes(origin) ? origin : null);
  return await cors({
    origin: allowed,
    allowMethods: ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'],
    allowHeaders: ALLOWED,
    exposeHeaders: EXPOSED,
    maxAge: 86_400,
  })(c, next);
};
