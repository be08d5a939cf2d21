import type { MiddlewareHandler } from 'hono';
import type { Config } from '../../config';
import { addSecurityHeaders } from '../../http/security-headers';
import type { AppEnv } from '../context';

/** Adds the security headers to every answer: errors, 304 and preflights too. */
export const secured: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  // A deployment that is misconfigured has no settings.
  const config: Config | undefined = c.get('config');
  addSecurityHeaders(c.res.headers, { secure: c.req.url.startsWith('https:'), origins: config?.corsOrigins ?? [] });
};
