import { newUnfiledVersion } from '../object-keys';

const MIB = 1024 * 1024;
const HOUR_MS = 60 * 60 * 1000;

/** Parts of a multipart upload (R2). */
const MOST_PARTS = 10_000;

/** Bytes of a part at most. A request holds one part. */
const LONGEST_PART = 16 * MIB;

/** Bytes of the longest upload: as many parts as R2 takes. */
export const LONGEST_UPLOAD = MOST_PARTS * LONGEST_PART;

/** Milliseconds that a request may be silent towards the index before another one may write in its place. */
export const LEASE_MS = 10_000;

/** Milliseconds from one renewal of a lease to the next. */
export const RENEWAL_MS = 3000;

/**
 * Milliseconds. While a request sends bytes, the index notes at this interval how much has arrived. If the isolate ends,
 * at most the bytes of this time are lost.
 */
export const NOTE_MS = 2000;

/** Milliseconds without a new byte after which an upload expires. */
const IDLE_MS = 24 * HOUR_MS;

/** R2 drops multipart uploads that are not complete after seven days. */
const LONGEST_MS = 6 * 24 * HOUR_MS;

/** Uploads that a principal may have under way. */
export const UNDER_WAY = 1000;

/**
 * Bytes of each part of an upload but the last: all have the same length, and there are not too many of them.
 * @param least the shortest part that R2 takes, or that the archive wants
 */
export function partBytesOf(byteLength: number, least: number): number {
  return Math.max(least, Math.ceil(byteLength / MOST_PARTS / MIB) * MIB);
}

/** When an upload expires that has received bytes now. Times are milliseconds since 1970. */
export function expiryOf(createdAt: number, now: number): number {
  return Math.min(createdAt + LONGEST_MS, now + IDLE_MS);
}

/** Names a request that writes to an upload, and the objects that it writes. */
export const newLease: () => string = newUnfiledVersion;
