/**
 * Limits of production that the local runtime does not have. Whatever a test sends to the platform goes through these
 * wrappers, so a request that exceeds a limit fails in the test as it would fail in production. Source:
 * developers.cloudflare.com, limits of Workers, D1 and R2.
 */
export const PRODUCTION = {
  /** Calls of R2, D1 and Queues together, in one request. */
  subrequests: 10_000,
  /** D1 statements of one request; each statement of a batch is one. */
  queries: 1000,
  /** Calls of one request that may wait for an answer at the same time; further calls queue. */
  connections: 6,
  /** Bytes of a bound value, and of a row. */
  valueBytes: 2_000_000,
  parameters: 100,
  sqlBytes: 100_000,
  /** Keys of one delete call of R2. */
  keysDeleted: 1000,
  /** Time between two writes to one key. */
  writeIntervalMs: 1000,
  keyBytes: 1024,
  metadataBytes: 8192,
} as const;

/** Counts a call and makes it, like `Invocation.call`. */
export type Call = <T>(queries: number, work: () => Promise<T>) => Promise<T>;
