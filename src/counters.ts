import { ConfigurationError } from './settings';

/** Cloudflare's counters of requests, by the names of their bindings. */
export const COUNTERS = ['REQUESTS_PER_PRINCIPAL', 'REQUESTS_PER_ARCHIVE'] as const;

/** The counters that the deployment has bound. */
export type Counters = { readonly [Name in (typeof COUNTERS)[number]]?: RateLimit };

/**
 * The counters that wrangler.toml binds.
 * @throws ConfigurationError when a counter has a name that nothing reads, or when a name is bound to something else: the limit
 * that is meant would not exist
 */
export function countersIn(env: Readonly<Record<string, unknown>>): Counters {
  for (const [name, value] of Object.entries(env)) {
    const isKnown = (COUNTERS as readonly string[]).includes(name);
    if (isKnown && !isCounter(value)) throw new ConfigurationError(`${name} must be a binding of [[ratelimits]].`);
    // Bindings with names of another form belong to a test runner.
    if (!isKnown && /^[A-Z]/.test(name) && isCounter(value)) {
      throw new ConfigurationError(`[[ratelimits]] has no limit ${name}. The limits are ${COUNTERS.join(' and ')}.`);
    }
  }
  return env as Counters;
}

/** The counters that are not bound: there is no such limit. */
export function unboundCounters(env: Readonly<Record<string, unknown>>): readonly string[] {
  return COUNTERS.filter((name) => env[name] === undefined);
}

/** Every method can be asked of the binding of another Worker, so that one seems to have `limit` too. */
function isCounter(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { limit, fetch } = value as { readonly limit?: unknown; readonly fetch?: unknown };
  return typeof limit === 'function' && typeof fetch !== 'function';
}
