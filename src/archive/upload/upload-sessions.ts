import type { UploadState } from './uploads';

/** Milliseconds without a request about it after which a session expires. */
export const SESSION_MS = 24 * 60 * 60 * 1000;

/** Uploads that get one Store Instances Response together. Times are milliseconds since 1970. */
export interface UploadSession {
  readonly id: string;
  /** Principal.id. For others the session does not exist. */
  readonly principal: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Since when the session accepts no more uploads. */
  readonly closedAt?: number;
}

/** An upload of a session. */
export interface SessionUpload {
  readonly id: string;
  readonly state: UploadState;
  readonly reason?: string;
  /** Bytes that have arrived, and all of them. */
  readonly offset: number;
  readonly byteLength: number;
  /** Upload-Metadata as it was sent. */
  readonly metadata: string;
}

/** The upload sessions of an archive. Every method is one transaction. */
export interface UploadSessions {
  /** Makes a session, unless one with its id is there. @returns the session that is there now */
  create(session: UploadSession): Promise<UploadSession>;
  /**
   * Finds a session that has not expired, and keeps it, with its uploads, for another SESSION_MS.
   * @returns undefined when the principal has no such session
   */
  visit(id: string, principal: string, now: number): Promise<UploadSession | undefined>;
  /** Its uploads in the order in which they were made, without partial uploads, which are parts of others. */
  uploads(id: string): Promise<readonly SessionUpload[]>;
  /** Closes a session in which no upload waits for anything. @returns whether it is closed now */
  close(id: string, now: number): Promise<boolean>;
  /** Forgets sessions that have expired. */
  forgetExpired(now: number): Promise<void>;
}
