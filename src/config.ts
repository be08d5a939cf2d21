import { type Issuer, parseIssuers } from './access/issuer';
import { parseRoles, type Role } from './access/role';
import { parseSignIn, type SignIn } from './access/sign-in';
import { type Addresses, parseAddresses } from './addresses';
import type { RecordRetention } from './archive/audit/retain';
import type { DuplicatePolicy, DuplicateSettings } from './archive/commit-group';
import type { RetentionRule } from './archive/remove/retention-index';
import {
  type ExtraAttribute,
  parseExtraAttributes,
  SearchAttributeError,
} from './archive/search-attributes/extra-attributes';
import { type Limits, parseLimits } from './limits';
import { parseRetentionRules } from './retention-rules';
import { ConfigurationError, Settings } from './settings';

/** The deployment's settings, parsed once from the Worker's variables. Its limits with their defaults are in limits.ts. */
export interface Config extends Addresses {
  /** Requests without an identity are let in, and may do everything. */
  readonly allowAnonymous: boolean;
  /** The roles by name. Without a role and without allowAnonymous, the deployment answers every request with 503. */
  readonly roles: ReadonlyMap<string, Role>;
  /** The providers whose tokens are accepted. */
  readonly issuers: readonly Issuer[];
  /** How people sign in to the viewer; undefined: they cannot. */
  readonly signIn: SignIn | undefined;
  /** Origins whose pages may call the API; `*` stands for any origin. */
  readonly corsOrigins: readonly string[];
  readonly duplicates: DuplicateSettings;
  /** How long versions are kept that were put or kept aside, milliseconds: Infinity without a limit. */
  readonly asideMs: number;
  /** Attributes that searches can match in addition to the standard's keys. */
  readonly searchAttributes: readonly ExtraAttribute[];
  /** Searches are case-sensitive for all text except names, as PS3.4 C.2.2.2.1 requires. */
  readonly searchCaseSensitive: boolean;
  /** The archive makes a losslessly compressed copy of uncompressed frames, for viewers on slow connections. */
  readonly frameCopies: boolean;
  /** Which requests are logged: those that change something or fail, or all. */
  readonly logRequests: 'changes' | 'all';
  /** How long the record of who did what is kept. */
  readonly recordRetention: RecordRetention;
  /** Bytes of stored files that the hourly run reads to compare their digests; 0: none, and it verifies nothing. */
  readonly verifiedBytesPerHour: number;
  /** Which studies are deleted when they are old. */
  readonly retentionRules: readonly RetentionRule[];
  readonly limits: Limits;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The policy of a deployment that sets none: content that differs under a known UID is refused, and deleted instances
 * can be restored for 30 days.
 */
export const DEFAULT_DUPLICATES: DuplicateSettings = { duplicates: 'reject', retentionMs: 30 * DAY_MS };

/**
 * @param env the Worker's variables and bindings; bindings are ignored
 * @throws ConfigurationError
 */
export function parseConfig(env: Record<string, unknown>): Config {
  const settings = new Settings(env);
  const searchCaseSensitive = settings.choice('SEARCH_CASE', ['insensitive', 'sensitive']) === 'sensitive';
  const roles = parseRoles(settings);
  const issuers = parseIssuers(settings, roles);
  const config: Config = {
    allowAnonymous: settings.flag('ALLOW_ANONYMOUS'),
    roles,
    issuers,
    signIn: parseSignIn(settings, issuers, roles),
    ...parseAddresses(settings),
    corsOrigins: settings.list('CORS_ORIGINS').map(checkedOrigin),
    duplicates: parseDuplicates(settings),
    asideMs: parseAsideMs(settings),
    searchAttributes: parseSearchAttributes(settings.text('SEARCH_ATTRIBUTES'), searchCaseSensitive),
    searchCaseSensitive,
    frameCopies: settings.choice('FRAME_COPIES', ['jpeg-ls', 'none']) === 'jpeg-ls',
    logRequests: settings.choice('LOG_REQUESTS', ['changes', 'all']),
    recordRetention: {
      sealedMs: days(settings, 'AUDIT_DAYS', 3650) * DAY_MS,
      searchedMs: days(settings, 'AUDIT_SEARCH_DAYS', 400) * DAY_MS,
    },
    verifiedBytesPerHour: wholeNumber(settings, 'VERIFY_MB_PER_HOUR', 2000) * 1e6,
    retentionRules: parseRetentionRules(settings),
    limits: parseLimits(settings),
  };
  // Read by the deployment: src/deployment.ts.
  settings.object('ARCHIVES');
  settings.refuseUnknown();
  return config;
}

/**
 * An origin as browsers write it (RFC 6454 6.2). Another spelling would never be equal, and `null` is the origin of every
 * page in a sandbox.
 * @throws ConfigurationError
 */
function checkedOrigin(origin: string): string {
  if (origin === '*' || (/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/.test(origin) && origin === origin.toLowerCase()))
    return origin;
  throw new ConfigurationError('CORS_ORIGINS must be a list of origins such as https://viewer.example.org, or *.');
}

/**
 * Reads the policy for duplicates. A mistyped policy must not become another policy.
 * @throws ConfigurationError
 */
function parseDuplicates(settings: Settings): DuplicateSettings {
  const duplicates = settings.choice<DuplicatePolicy>('DUPLICATES', ['reject', 'replace', 'keep']);
  return { duplicates, retentionMs: days(settings, 'RETENTION_DAYS', 30) * DAY_MS };
}

/** Zero could be meant as no limit, and would delete at once: it is refused. @throws ConfigurationError */
function parseAsideMs(settings: Settings): number {
  const found = days(settings, 'ASIDE_DAYS', Number.POSITIVE_INFINITY);
  if (found > 0) return found * DAY_MS;
  throw new ConfigurationError('ASIDE_DAYS must be a whole number of days from 1 on. Without it, nothing is deleted.');
}

/** @throws ConfigurationError */
function days(settings: Settings, name: string, byDefault: number): number {
  return wholeNumber(settings, name, byDefault, ' of days');
}

/** @throws ConfigurationError */
function wholeNumber(settings: Settings, name: string, byDefault: number, of = ''): number {
  const text = settings.text(name);
  if (!/^\d{0,5}$/.test(text)) throw new ConfigurationError(`${name} must be a whole number${of}, at most 99999.`);
  return text === '' ? byDefault : Number(text);
}

/**
 * Reads the extra search attributes. A search for a mistyped attribute would never find anything.
 * @throws ConfigurationError
 */
function parseSearchAttributes(list: string, caseSensitive: boolean): readonly ExtraAttribute[] {
  try {
    return parseExtraAttributes(list, caseSensitive);
  } catch (error) {
    if (!(error instanceof SearchAttributeError)) throw error;
    throw new ConfigurationError(`SEARCH_ATTRIBUTES: ${error.message}.`);
  }
}
