/** The deployment's settings, parsed once from the Worker's variables. Every limit stands here with its default. */
export interface Config {
  /** Requests without an identity are let in. Unset, a deployment answers 503. */
  readonly allowAnonymous: boolean;
  /** The origin of absolute URIs in answers; empty: the request's own. */
  readonly publicOrigin: string;
  /** Origins whose pages may call the API; `*` for any. */
  readonly corsOrigins: readonly string[];
  readonly limits: Limits;
}

export interface Limits {
  /** Instances in one STOW request. Each costs one R2 write, of the 10,000 subrequests that a request may make. */
  readonly partsPerRequest: number;
  /** Bytes of one part of an R2 multipart upload; also what is held of an instance until it is known to be shorter. */
  readonly uploadPartBytes: number;
  /** Bytes of one STOW request that are on their way to R2 at once. */
  readonly uploadBytesInFlight: number;
  /** Results of a search that names no limit, and the most that one may name. */
  readonly searchDefault: number;
  readonly searchMaximum: number;
  /** Instances of one retrieve answer; each costs an R2 read, of the 10,000 subrequests. */
  readonly instancesPerRetrieve: number;
  /** Metadata segments merged by one run of the compactor. */
  readonly segmentsPerCompaction: number;
}

export const DEFAULT_LIMITS: Limits = {
  partsPerRequest: 5000,
  uploadPartBytes: 5 * 1024 * 1024,
  uploadBytesInFlight: 12 * 1024 * 1024,
  searchDefault: 100,
  searchMaximum: 1000,
  instancesPerRetrieve: 9000,
  segmentsPerCompaction: 1000,
};

/** @param env the Worker's variables; anything that is not a variable is ignored */
export function parseConfig(env: Record<string, unknown>): Config {
  const text = (name: string): string => (typeof env[name] === 'string' ? (env[name] as string).trim() : '');
  return {
    allowAnonymous: text('ALLOW_ANONYMOUS') === 'true',
    publicOrigin: text('PUBLIC_ORIGIN').replace(/\/+$/, ''),
    corsOrigins: text('CORS_ORIGINS')
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
    limits: DEFAULT_LIMITS,
  };
}
