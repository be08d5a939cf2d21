import type { VisibleScope } from '../visibility';

/** A study or a series that people without an account can see by a link. Times are milliseconds since 1970. */
export interface Share {
  /** Public: it is part of URLs and of records. */
  readonly id: string;
  readonly scope: VisibleScope;
  /** Whether files can be downloaded. Otherwise they can only be looked at in a viewer. */
  readonly download: boolean;
  /** Written by the sharer, for the record. */
  readonly note?: string | undefined;
  readonly createdAt: number;
  /** Principal.id of the sharer. */
  readonly createdBy: string;
  readonly expiresAt: number;
  /** How often the link can be opened; absent: any number of times. */
  readonly mostUses?: number | undefined;
  /** How often it was opened. */
  readonly uses: number;
  /** The record against which a pass phrase is checked; absent: the share needs none. */
  readonly passphrase?: string | undefined;
  /** JSON of the options; absent: instances are served as stored. */
  readonly deidentification?: string | undefined;
  /** Absent: the share is not revoked. */
  readonly revokedAt?: number | undefined;
}

/** The newest shares that a list shows. */
export const LISTED_SHARES = 1000;

/** A share is revoked after this number of wrong pass phrases. */
export const MOST_WRONG_PASSPHRASES = 20;

/** The shares of one archive. A digest is the SHA-256 of the secret of a link, hexadecimal. Every method is one round trip. */
export interface Shares {
  create(share: Share, digest: string): Promise<void>;
  /** The newest first, at most LISTED_SHARES, revoked and expired ones too. */
  list(): Promise<readonly Share[]>;
  get(id: string): Promise<Share | undefined>;
  find(digest: string): Promise<Share | undefined>;
  /** The first `digits` digits of the digests of the shares that are not revoked, at most `limit`. */
  digests(digits: number, limit: number): Promise<readonly string[]>;
  /**
   * Notes that the link is opened, if it still may be.
   * @returns whether it may
   */
  use(id: string, now: number): Promise<boolean>;
  /**
   * Begins an attempt with a pass phrase. It counts as a wrong one until it ends, so that a client cannot make more attempts by
   * making them at the same time.
   * @returns whether there may be another attempt
   */
  beginAttempt(id: string): Promise<boolean>;
  /** Ends an attempt with a pass phrase. The share is revoked when there were too many wrong pass phrases. */
  endAttempt(id: string, isRight: boolean, now: number): Promise<void>;
  /** Revokes a share. One that is revoked already keeps the time of the first revocation. */
  revoke(id: string, now: number): Promise<Share | undefined>;
  /** Revokes all shares that a principal has made. @returns the ids of those that were not revoked before */
  revokeAll(createdBy: string, now: number): Promise<readonly string[]>;
  /** Revokes all shares of a study, or of one of its series, also those that the principal does not see. */
  revokeWithin(scope: VisibleScope, now: number): Promise<void>;
}
