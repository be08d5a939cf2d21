import type { AuditEvent } from '../../audit/audit-event';
import type { DuplicatePolicy } from '../../commit-group';
import type { Sender } from '../sender';
import type { PendingResult, SettledResult, UploadResult } from '../upload-result';
import type { UploadedPart } from '../uploads';

/** A received upload, as the run that has claimed it needs it. Lengths are bytes. */
export interface ClaimedUpload {
  readonly id: string;
  readonly sender: Sender;
  readonly byteLength: number;
  readonly partBytes: number;
  /** The uploads of which it is made, in their order; absent: it is not a final upload (tus 1.0 "Concatenation"). */
  readonly partials?: readonly string[] | undefined;
  /** The file is unfiledKey(version, 'dcm'); absent: it is to be made of the partial uploads. */
  readonly version?: string | undefined;
  /** The multipart upload that becomes this object. */
  readonly multipartID?: string | undefined;
  /** How far earlier runs have come: see ingest-zip.ts. */
  readonly cursor?: string | undefined;
  /** Claims since the last progress, with this one. */
  readonly claims: number;
}

/** What a run has done. */
export interface IngestProgress {
  readonly results: readonly UploadResult[];
  /** The stores among them, for the record. */
  readonly events: readonly AuditEvent[];
  readonly cursor?: string | undefined;
}

/**
 * The second half of resumable uploads: from received bytes to results. A run is named by a claim, which expires; every
 * write of a run is refused once another run has claimed the upload. Every method is one transaction. Times are milliseconds
 * since 1970.
 */
export interface Ingests extends JoinedPartials, IngestResults {
  /** @returns undefined when the upload does not wait for its ingest, or another run has claimed it */
  claim(id: string, run: string, now: number, until: number): Promise<ClaimedUpload | undefined>;
  /** Keeps the claim. @returns false when another run has it, or the upload is gone */
  renew(id: string, run: string, until: number): Promise<boolean>;
  /**
   * Gives the claim back.
   * @param retryAt no run claims the upload before
   * @param failed whether the claim counts as an attempt
   */
  release(id: string, run: string, retryAt: number, failed: boolean): Promise<void>;
  /** Notes files that a transaction is about to store. @returns as renew */
  expect(id: string, run: string, pending: readonly PendingResult[], until: number): Promise<boolean>;
  /** Notes results, adds to the record, and moves the cursor. @returns as renew; nothing is noted then */
  advance(id: string, run: string, progress: IngestProgress, until: number): Promise<boolean>;
  /** Notes the last results like `advance`, and ends the ingest. @param reason why it failed; undefined: it is done */
  finish(id: string, run: string, progress: IngestProgress, end: IngestEnd): Promise<boolean>;
  /**
   * Ends the ingest like `finish`, for a file that was stored while it arrived, by the request with this lease. @returns false when another request
   * has taken the lease, or the upload is gone
   */
  finishArrived(id: string, lease: string, run: string, progress: IngestProgress, end: IngestEnd): Promise<boolean>;
  /**
   * Makes uploads that are done wait for their ingest again, if a file of them failed for a reason that may have passed. They
   * keep their other results.
   * @param claims the attempts that count as made
   */
  again(ids: readonly string[], claims: number): Promise<void>;
  /** Uploads that wait for their ingest and are not claimed, the oldest first. */
  waiting(now: number, limit: number): Promise<readonly string[]>;
}

/** How far the partial uploads of a final upload are joined: see join-partials.ts. */
export interface JoinedPartials {
  /** Notes where the file is being made of partial uploads. @returns as renew */
  begin(id: string, run: string, version: string, multipartID: string): Promise<boolean>;
  /** Notes parts of it. @returns as renew */
  noteParts(id: string, run: string, parts: readonly UploadedPart[], until: number): Promise<boolean>;
  /** Notes that the file is whole. @returns as renew */
  complete(id: string, run: string): Promise<boolean>;
}

/** What has become of the files of uploads. */
export interface IngestResults {
  /** Files that an interrupted run was about to store. */
  settled(id: string, duplicates: DuplicatePolicy): Promise<readonly SettledResult[]>;
  /** Which files from this one on have results. */
  settledFrom(id: string, ordinal: number): Promise<ReadonlySet<number>>;
  /** Results of uploads in the order of the uploads and of their files. @param after in the first upload: files after this one */
  results(
    ids: readonly string[],
    limit: number,
    after?: number,
  ): Promise<readonly (UploadResult & { upload: string })[]>;
  /** How many files of each upload have each result. */
  counts(ids: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>>;
}

/** How an ingest ends. Times are milliseconds since 1970. */
export interface IngestEnd {
  /** Why it failed; absent: it is done. */
  readonly reason?: string | undefined;
  /** How long the results are kept. */
  readonly expiresAt: number;
}
