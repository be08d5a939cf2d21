import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';

/**
 * The gate that every request passes before anything is looked up, caches included. It does not know identities yet: a
 * deployment either lets every client in or lets no client in.
 */
export const gate: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!c.get('config').allowAnonymous) {
    throw new HttpProblem(
      'no-access-control',
      'This deployment has no access control configured, so it refuses every request.',
    );
  }
  await next();
};
