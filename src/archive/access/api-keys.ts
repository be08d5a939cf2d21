import type { StoreQuota } from '../visibility';

/** An API key, without its secret, which is stored nowhere. Times are milliseconds since 1970. */
export interface ApiKey {
  /** Public: it is part of URLs and of records. */
  readonly id: string;
  readonly name: string;
  /** Names in the setting ROLES. */
  readonly roles: readonly string[];
  readonly createdAt: number;
  /** Principal.id of the administrator. */
  readonly createdBy: string;
  readonly expiresAt: number;
  /** The last use, to within USE_INTERVAL_MS; absent: never used. */
  readonly lastUsedAt?: number;
  /** Absent: the key is not revoked. */
  readonly revokedAt?: number;
  /** Studies get these labels when the key stores their first instance. */
  readonly labels?: readonly string[];
  /** What the key may store; absent: what its roles say. */
  readonly quota?: StoreQuota;
}

/** A key as one of its secrets finds it. */
export interface FoundKey extends ApiKey {
  /** When this secret ends, because the key was renewed; absent: the secret ends with the key. */
  readonly secretEndsAt?: number;
}

/** Milliseconds between two writes of a key's use. */
export const USE_INTERVAL_MS = 10 * 60 * 1000;

/** The newest keys that a list shows. */
export const LISTED_KEYS = 1000;

/**
 * The API keys that an archive keeps. auth/key/identify-by-key says in which archives a key is valid. A digest is the
 * SHA-256 of a key, hexadecimal. Every method is one round trip, and may be repeated when its answer was lost.
 */
export interface ApiKeys {
  /** The newest first, at most LISTED_KEYS, revoked and expired ones too. */
  list(): Promise<readonly ApiKey[]>;
  get(id: string): Promise<ApiKey | undefined>;
  /** @returns the key whatever its state; undefined when no key has this secret */
  find(digest: string): Promise<FoundKey | undefined>;
  /** The first `digits` digits of the digests of the keys that are not revoked, at most `limit`. */
  digests(digits: number, limit: number): Promise<readonly string[]>;
  create(key: ApiKey, digest: string): Promise<void>;
  /**
   * Gives a key that is not revoked a new secret.
   * @param renewal `oldEndsAt`: when its present secrets end
   * @returns the key as it is then; undefined when there is none with this id
   */
  renew(id: string, renewal: KeyRenewal): Promise<ApiKey | undefined>;
  /**
   * Revokes a key. A key that is revoked already keeps the time of the first revocation.
   * @returns the key as it is then; undefined when there is none with this id
   */
  revoke(id: string, now: number): Promise<ApiKey | undefined>;
  /**
   * Changes what a key adds to the studies that it stores, and what it may store. A member that is absent stays; null ends the
   * quota.
   * @returns the key as it is then; undefined when there is none with this id
   */
  change(id: string, change: KeyChange): Promise<ApiKey | undefined>;
  /** Notes that a key was used. */
  noteUse(id: string, now: number): Promise<void>;
}

/** @see ApiKeys.change */
export interface KeyChange {
  readonly labels?: readonly string[] | undefined;
  readonly quota?: StoreQuota | null | undefined;
}

/** @see ApiKeys.renew */
export interface KeyRenewal {
  readonly digest: string;
  readonly oldEndsAt: number;
  readonly expiresAt: number;
}
