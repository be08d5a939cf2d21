import type { Sender } from './sender';

/**
 * What an upload is doing.
 *
 * - `receiving`: bytes are missing, or the object in the bucket is not complete yet.
 * - `received`: all bytes are in the bucket, and wait to be ingested. A partial upload stays so: it is ingested with the
 *   final upload that names it. The bytes of a final upload are those of its partial uploads.
 * - `done`: it was ingested. Its results say what became of each instance.
 * - `failed`: its bytes are lost or cannot be ingested. `reason` says why.
 */
export type UploadState = 'receiving' | 'received' | 'done' | 'failed';

/** One file that arrives in several requests. Times are milliseconds since 1970, lengths are bytes. */
export interface Upload {
  readonly id: string;
  /** The upload session to which it belongs. */
  readonly session?: string;
  /** Principal.id of the sender. For others the upload does not exist. */
  readonly principal: string;
  /** The principal as which its instances are stored. */
  readonly sender: Sender;
  /** Upload-Metadata as it was sent; empty: none. */
  readonly metadata: string;
  /** Upload-Concat as it was sent: `partial`, or `final;` and URLs. Absent: the upload stands for itself. */
  readonly concat?: string;
  /** The uploads of which a final upload is made, in their order. */
  readonly partials?: readonly string[];
  readonly byteLength: number;
  /** Bytes that have arrived and are kept. */
  readonly offset: number;
  /** Bytes of every part of its multipart upload, except the last. */
  readonly partBytes: number;
  /**
   * The whole file is the object unfiledKey(version, 'dcm'). Absent: nothing is written there yet, or the upload is a final
   * one that was not ingested yet.
   */
  readonly version?: string;
  /** The multipart upload of R2 that becomes this object. */
  readonly multipartID?: string;
  /** The bytes after the last whole part. */
  readonly rest?: Rest;
  /** The request that writes to it, or wrote last. */
  readonly lease?: string;
  /** The end of the lease, milliseconds since 1970. Until then no other request may write. */
  readonly leasedUntil: number;
  readonly state: UploadState;
  readonly reason?: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Bytes that do not fill a part: the object restKey(version). */
export interface Rest {
  readonly version: string;
  readonly length: number;
}

/** An upload before its first byte. */
export type NewUpload = Pick<
  Upload,
  | 'id'
  | 'session'
  | 'principal'
  | 'sender'
  | 'metadata'
  | 'concat'
  | 'partials'
  | 'byteLength'
  | 'partBytes'
  | 'createdAt'
  | 'expiresAt'
>;

/** A part of a multipart upload, as R2 has confirmed it. Numbers begin with 1. */
export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
}

/** A request that wants to write. */
export interface Taking {
  readonly lease: string;
  /** The bytes that have arrived, as far as the client knows. */
  readonly offset: number;
  readonly now: number;
  /** When the lease ends, unless it is renewed. */
  readonly until: number;
}

/** What a request has added to an upload. */
export interface Progress {
  /** Bytes that have arrived and are kept, with those before. */
  readonly offset: number;
  /** Parts that this request has uploaded and not noted before. */
  readonly parts: readonly UploadedPart[];
  /** The object and its multipart upload, once there is one. */
  readonly version?: string | undefined;
  readonly multipartID?: string | undefined;
  /** The bytes after the last whole part; undefined: there are none. */
  readonly rest: Rest | undefined;
  /** The end of the lease of this request; 0: it does not write any more. */
  readonly until: number;
  readonly expiresAt: number;
}

/**
 * Why an upload was not created: the principal has too many under way; the session is not there, is closed or belongs to
 * another principal; a partial upload is not there, or not complete; it does not fit beside the other uploads.
 */
export type NotCreated = 'too-many' | 'no-session' | 'no-partials' | 'no-room' | 'no-room-of-sender';

/** What uploads that are received, or may still be, may have together. */
export interface UploadBounds {
  /** Uploads of the principal that are under way. */
  readonly uploads: number;
  /** Bytes of all uploads, this one included; absent: any. */
  readonly bytes?: number | undefined;
  /** Bytes of the uploads of the principal. */
  readonly bytesOfSender?: number | undefined;
}

/**
 * The receiving half of resumable uploads. Every method is one transaction of the database. A lease is a version (see
 * newUnfiledVersion) that names one request: every write of that request is refused once another request has taken the lease,
 * and the objects that it writes are named after it. Times are milliseconds since 1970.
 */
export interface Uploads extends LeasedUploads, UploadRemains {
  /**
   * Makes an upload, unless one with its id is there. A final upload is `received` at once.
   * @param most the check and the upload are one statement, so that uploads at the same time do not exceed it together
   * @returns the upload that is there now; it may be an earlier one
   */
  create(upload: NewUpload, most: UploadBounds): Promise<Upload | NotCreated>;
  /** @returns undefined when there is no such upload */
  find(id: string): Promise<Upload | undefined>;
  /** @returns the uploads of these that are there, in no order */
  findAll(ids: readonly string[]): Promise<readonly Upload[]>;
  /** All noted parts, in their order. */
  parts(id: string): Promise<readonly UploadedPart[]>;
  /**
   * Removes an upload, unless it is being ingested. Requests that still write to it are refused from then on.
   * @returns what was removed; undefined when the principal has no such upload, or it is being ingested
   */
  remove(id: string, principal: string, now: number): Promise<Upload | undefined>;
}

/** The writes of a request that has the lease of an upload. */
export interface LeasedUploads {
  /**
   * Takes the lease, if the upload belongs to the principal, no other request holds the lease, and bytes may be added at
   * `offset`.
   * @returns the upload as it is now: with this lease when it was taken
   */
  take(id: string, principal: string, { lease, offset, now, until }: Taking): Promise<Upload | undefined>;
  /** Keeps the lease. @returns false when another request has it, or the upload is gone */
  renew(id: string, lease: string, until: number): Promise<boolean>;
  /** Notes what has arrived. @returns false when another request has the lease, or the upload is gone; nothing is noted */
  advance(id: string, lease: string, progress: Progress, now: number): Promise<boolean>;
  /** Notes that the whole file is unfiledKey(version, 'dcm'), and gives the lease back. @returns as advance */
  finish(id: string, lease: string, version: string, now: number): Promise<boolean>;
  /** Notes that the upload is lost, and gives the lease back. @returns as advance */
  fail(id: string, lease: string, reason: string, now: number): Promise<boolean>;
}

/** The objects that uploads leave behind when they have ended, expired or were interrupted: see reclaim.ts. */
export interface UploadRemains {
  /** Removes uploads that have expired, except those that wait for their ingest. @returns what was removed, at most `limit` */
  removeExpired(now: number, limit: number): Promise<readonly Upload[]>;
  /** Uploads whose bytes have all arrived, and whose object was not completed: their request was interrupted. */
  incomplete(now: number, limit: number): Promise<readonly Upload[]>;
  /** Versions under which uploads wrote objects that no upload has needed since `before`, at most `limit`. */
  unneeded(before: number, limit: number): Promise<readonly UnneededVersion[]>;
  /** Forgets these versions, once their objects are deleted. */
  forgetVersions(versions: readonly string[]): Promise<void>;
}

/** @see UploadRemains.unneeded */
export interface UnneededVersion {
  readonly version: string;
  /** An instance, or a removed one that can be restored, has its file under this version. */
  readonly ofInstance: boolean;
  /**
   * All bytes of the upload had arrived. Otherwise a whole file under this version means that the index was put back to
   * an earlier time, and the file may belong to an instance.
   */
  readonly isSettled: boolean;
}
