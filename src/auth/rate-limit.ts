import type { MiddlewareHandler } from 'hono';
import type { Counters } from '../counters';
import type { AppContext, AppEnv } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';
import { logFailure } from '../log';

/**
 * Cloudflare's counters of requests, where wrangler.toml binds them: for each principal, and for each archive. Without a
 * binding there is no limit, and the health report says so; a binding that has another name or is no counter is refused: see
 * src/counters.ts. Each location of Cloudflare counts separately, and its counts are approximate.
 */

/** Seconds. The counters do not say when their period ends; it has 10 or 60 seconds. */
const RETRY_AFTER = '10';

/**
 * Refuses requests beyond the rate that the deployment allows (RFC 6585 4). Requests without a valid credential do not
 * count: they are refused anyway, and must not use up the rate of other clients.
 * @throws HttpProblem 429
 */
export const limitRate: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { REQUESTS_PER_PRINCIPAL: principals, REQUESTS_PER_ARCHIVE: archives } = c.env as Counters;
  const identity = c.get('identity');
  if (identity === undefined) return await next();
  if (principals !== undefined) await count(principals, `${c.get('archiveName')}|${clientOf(c, identity.principal)}`);
  if (archives !== undefined) await count(archives, c.get('archiveName') ?? '');
  await next();
};

/** Anonymous clients are told apart by their addresses. */
function clientOf(c: AppContext, { kind, id }: { readonly kind: string; readonly id: string }): string {
  return kind === 'anonymous' ? (c.req.header('CF-Connecting-IP') ?? id) : id;
}

async function count(counter: RateLimit, key: string): Promise<void> {
  if (await isWithin(counter, key)) return;
  throw new HttpProblem('too-many-requests', 'Too many requests in a short time. Send this one again later.', {
    'Retry-After': RETRY_AFTER,
  });
}

/** Images can be read while the counter does not answer. */
async function isWithin(counter: RateLimit, key: string): Promise<boolean> {
  try {
    return (await counter.limit({ key })).success;
  } catch (error) {
    logFailure('rate-not-counted', error);
    return true;
  }
}
