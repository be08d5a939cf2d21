/*
 * Keys and shares are copied into the bucket, without their secrets, which are stored nowhere. A rebuilt index gets the
 * permissions and the end of every key and share from these copies. What was revoked stays revoked. Each copy is an object
 * of its own, access/<kind>/<digest of the id>/<revision>.json; the one with the largest revision counts. Sessions of
 * people are not copied.
 */

/** The kinds of copies. */
const ACCESS_KINDS = ['keys', 'shares', 'sharers'] as const;
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

/** The part of an archive's index for copying keys and shares. Every method is one round trip, and may be repeated. */
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
   * Brings rows back, in place of those that are there and older. A key or share is revoked if it is revoked in the index
   * or in the copy, and the larger count of a link's uses counts.
   */
  restore(copies: readonly AccessCopy[]): Promise<void>;
}
