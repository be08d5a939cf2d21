import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';

/**
 * The one gate that every request passes before anything is looked up, caches included. It knows no identities yet: a
 * deployment either says that it lets everybody in, or lets nobody in.
 */
export const gate: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!c.get('config').allowAnonymous) {
    throw new HttpProblem(
      'no-access-control',
      'This deployment has no access control configured, so it answers nobody.',
    );
  }
  await next();
};
