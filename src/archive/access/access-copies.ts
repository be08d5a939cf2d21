/*
 * Keys and shares are copied into the bucket, without their secrets, which are stored nowhere: from the copies, a
 * rebuilt index knows the permissions of every key and share, and when they end. What was revoked stays revoked. Each
 * copy is an object of its own, access/<kind>/<digest of the id>/<revision>.json; the one with the largest revision
 * counts. Sessions of people are not copied.
 */

/** What is copied. */
export const ACCESS_KINDS = ['keys', 'shares', 'sharers'] as const;
/** One of them. */
export type AccessKind = (typeof ACCESS_KINDS)[number];

/** Values of a row by the names of its columns. */
export type AccessRow = Readonly<Record<string, string | number | null>>;

/** A key, a share or a person who shares: its rows, as of one moment. */
export interface AccessCopy {
  readonly kind: AccessKind;
  readonly id: string;
  readonly revision: number;
  readonly row: AccessRow;
  /** The digests of a key's secrets. */
  readonly secrets?: readonly AccessRow[];
}

/**
 * What the copying of keys and shares asks of an archive's index. Every method is one round trip, and may be repeated.
 */
export interface AccessCopies {
  /**
   * Rows that have changed since they were copied, at most `limit`, each with a revision that is larger than those before.
   * @param now milliseconds since 1970
   */
  changed(limit: number, now: number): Promise<readonly AccessCopy[]>;
  /** Notes that copies are in the bucket. A row that has changed meanwhile will be copied again. */
  noteKept(copies: readonly Pick<AccessCopy, 'kind' | 'id' | 'revision'>[]): Promise<void>;
  /** Adds rows that were made before there were copies, `limit` of each kind at most. */
  addUnknown(limit: number): Promise<void>;
  /**
   * Brings rows back, in place of those that are there and older. What is revoked here or there is revoked, and a link has been opened as often as
   * either says.
   */
  restore(copies: readonly AccessCopy[]): Promise<void>;
}
