// A step of app.ts, so it uses Hono: see docs/architecture.md.
import type { MiddlewareHandler } from 'hono';
import { giveBookmark } from '../auth/copy-of-index';
import type { AppEnv } from '../dicomweb/context';
import { isSafeMethod } from '../http/safe-methods';

/** Gives the bookmark of the index to clients that have changed something, and keeps the isolate's own one recent. */
export const passBookmarkOn: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  // Only a route that needs a permission reads or changes studies: the others are about the client itself.
  if (c.get('archive') === undefined) return;
  if (!isSafeMethod(c.req.method)) giveBookmark(c);
  const renewal = c.get('wholeArchive').copies?.renewal();
  // If it fails, the next read asks the primary.
  if (renewal !== undefined) c.executionCtx.waitUntil(renewal.catch(() => undefined));
};
