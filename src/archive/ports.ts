import type { DicomJson } from '../dicom/json/json-model';
import type { AccessCopies } from './access/access-copies';
import type { ApiKeys } from './access/api-keys';
import type { Sessions } from './access/sessions';
import type { Sharers } from './access/sharers';
import type { Shares } from './access/shares';
import type { Allowance, ArchiveStatus } from './archive-status';
import type { AuditRecord } from './audit/audit-record';
import type { CommitGroup, CommitOutcome, SegmentReplacement } from './commit-group';
import type { Commitments } from './commitment/commitments';
import type { DeidentifiedStudies } from './deidentify/deidentified-studies';
import type { InstanceIdentity, Scope, SeriesIdentity } from './identities';
import type { IndexCopies } from './index-copies';
import type { SeriesTimes } from './metadata/compaction-tiers';
import type { StudyMoves } from './moves/moves';
import type { ObjectStore } from './object-store';
import type { LegalHolds } from './remove/holds';
import type { RemovalIndex } from './remove/removals';
import type { RetentionIndex } from './remove/retention-index';
import type { SweepIndex } from './remove/sweep-index';
import type { HeldFile, InstanceRow, MetadataLocation, SearchRow, SegmentContents, SegmentRow } from './rows';
import type { SearchQuery } from './search/search-query';
import type { SearchAttributeIndex } from './search-attributes/search-attribute-index';
import type { SnapshotIndex } from './snapshot/snapshot';
import type { KeptAnswers } from './store/kept-answers';
import type { Ingests } from './upload/ingest/ingests';
import type { UploadSessions } from './upload/upload-sessions';
import type { Uploads } from './upload/uploads';
import type { VerificationIndex } from './verification/verification';
import type { Viewpoint } from './visibility';

/**
 * One isolated archive: everything that the use cases need, and all that they may access. Only storage/ knows which
 * database and which bucket are behind it.
 */
export interface Archive {
  /** Distinguishes archives in caches and queue messages. */
  readonly name: string;
  /**
   * Distinguishes in caches what principals see of an archive: a text for each confinement. Empty: the whole archive. It is
   * for the memory of an isolate only, because it holds the values of conditions.
   */
  readonly view: string;
  readonly objects: ObjectStore;
  readonly index: ArchiveIndex;
  readonly searchAttributes: SearchAttributeIndex;
  readonly removals: RemovalIndex;
  /** Studies of which nothing can be removed. */
  readonly holds: LegalHolds;
  /** What the rules of retention say of studies. */
  readonly retention: RetentionIndex;
  readonly sweeps: SweepIndex;
  /** Copies of the index in the bucket, and what was rebuilt from them: see snapshot/. */
  readonly snapshots: SnapshotIndex;
  /** Whether the bucket holds what the index says: see verification/verify-archive.ts. */
  readonly verification: VerificationIndex;
  readonly marks: PagingMarks;
  readonly background: BackgroundQueue;
  readonly answers: KeptAnswers;
  readonly commitments: Commitments;
  /** The studies by the UIDs that replace their own where they are seen de-identified. */
  readonly deidentifiedStudies: DeidentifiedStudies;
  /** Files that arrive in several requests. */
  readonly uploads: Uploads;
  /** What becomes of received uploads. */
  readonly ingests: Ingests;
  readonly uploadSessions: UploadSessions;
  readonly status: ArchiveStatus;
  /** The API keys that this archive keeps. */
  readonly keys: ApiKeys;
  /** Studies and series that people without an account can see by a link. */
  readonly shares: Shares;
  /** What the bucket has of keys and shares. */
  readonly accessCopies: AccessCopies;
  /** People who have made shares. A deployment keeps them in its own archive. */
  readonly sharers: Sharers;
  /** Sessions of people in the viewer. A deployment keeps all of them in its own archive. */
  readonly sessions: Sessions;
  /** The record of who did what. */
  readonly record: AuditRecord;
  /**
   * This archive as a principal sees it. Everything else does not exist, for reads and for changes.
   * Conditions of an archive that is already confined are not loosened.
   */
  confinedTo(viewpoint: Viewpoint): Archive;
  /**
   * This archive, for reads: searches and look-ups of studies may be answered by a copy of the index near the client, which is
   * a little behind at times. Only the archive as it was opened has it.
   */
  readonly nearest?: Archive;
  /**
   * Whether a replica may answer for this archive. Its remembered values must not be used for requests that the primary
   * has to answer.
   */
  readonly isNearest?: boolean;
  /** What the isolate knows of the copies of the index. */
  readonly copies?: IndexCopies;
  /** Present when the archive has several databases. */
  readonly moves?: StudyMoves;
  /** Present when the principal that stores has a quota. */
  readonly allowance?: Allowance;
  /** Present when the archive is seen through a de-identification (PS3.15 E): see deidentify/deidentified-archive.ts. */
  readonly deidentified?: DeidentifiedAccess;
}

/**
 * For the readers of metadata and the writer of files, which de-identify what they read from the archive behind. Nothing
 * else may read from that archive.
 */
export interface DeidentifiedAccess {
  readonly original: Archive;
  /** @returns the scope with the UIDs of the archive behind; undefined when there is no such scope */
  originalOf(scope: Scope): Promise<Scope | undefined>;
  /** The version that the view shows in place of a version of the archive behind. */
  versionOf(version: string): Promise<string>;
  dataSet(original: DicomJson): Promise<DicomJson>;
  /** Distinguishes entity tags of de-identified answers by key and options. */
  readonly tag: string;
  /** The archive's own UID of a study that this request has found: for the record. */
  ownStudyUID(replaced: string): string | undefined;
}

/** The database that decides which bytes count. Every method is one round trip to it. */
export interface ArchiveIndex {
  /** Makes a group of instances visible at once, in one transaction. */
  commit(group: CommitGroup): Promise<readonly CommitOutcome[]>;
  /**
   * Finds the matches of a search.
   * @param known the state of an earlier page of the same query. While the index is still in this state, the page has
   * this state and no rows.
   */
  search(query: SearchQuery, known?: string): Promise<SearchPage>;
  /**
   * The row numbers of what a search within a study matches, at the level of the search, in the order of the response.
   */
  matchingRows(query: SearchQuery): Promise<readonly number[]>;
  /** The content of rows at the level of the search, in their order, without rows that are no longer there. */
  rowsOf(query: Pick<SearchQuery, 'level' | 'attributesOf'>, ids: readonly number[]): Promise<readonly SearchRow[]>;
  /** The number of all entities that the query matches, whatever its limit and offset. */
  count(query: SearchQuery): Promise<number>;
  /**
   * Instances in the order in which they were stored, beginning after row `after`.
   * @returns at most `limit` rows
   */
  instances(scope: Scope, after: number, limit: number): Promise<readonly InstanceRow[]>;
  /**
   * The requested instance, if it exists, and up to `neighbours` instances of its series around it in the order of
   * their UIDs, for a viewer that scrolls. Neighbours with long layouts are left out.
   */
  layouts(instance: InstanceIdentity, neighbours: number): Promise<readonly InstanceRow[]>;
  /**
   * The instance that represents a study or a series in a picture: the middle instance of the image series with most
   * instances. Segmentations and doses count as images only when there are no others.
   * @returns undefined when there is no image
   */
  representative(scope: Scope): Promise<InstanceRow | undefined>;
  /**
   * The key with this name, which is known only inside the archive: 32 random bytes, made at the first request for it.
   */
  secret(name: string): Promise<Uint8Array>;
  /**
   * The metadata segments of a study or a series that are in use, in the order in which they were written. Empty when
   * there is no such entity.
   */
  segments(scope: Scope): Promise<readonly SegmentRow[]>;
  /**
   * The location of the metadata of each instance in a scope: for a single instance, or when segments hold entries that
   * no longer count.
   */
  metadataLocations(scope: Scope): Promise<readonly MetadataLocation[]>;
  /** The locations of the metadata of these instances, without instances that are no longer there. */
  metadataLocationsOf(instances: readonly InstanceIdentity[]): Promise<readonly MetadataLocation[]>;
  /** The files of these instances as they are now, without instances that are not there. */
  held(instances: readonly InstanceIdentity[]): Promise<readonly HeldFile[]>;
  /** The entries that count in some segments of a series, for merging; the segments in the order of their names. */
  segmentContents(series: SeriesIdentity, names: readonly string[]): Promise<readonly SegmentContents[]>;
  /** When the first and the last instance of a series were stored; undefined when the series is no longer there. */
  seriesTimes(series: SeriesIdentity): Promise<SeriesTimes | undefined>;
  /** The labels of a study, sorted; undefined when there is no such study. */
  labels(studyInstanceUID: string): Promise<readonly string[] | undefined>;
  /**
   * Replaces the labels of a study. The study may not be visible any more afterwards.
   * @returns whether there is such a study
   */
  replaceLabels(studyInstanceUID: string, labels: readonly string[], now: number): Promise<boolean>;
  /** Moves the entries of several metadata segments to one, as long as they are still where the replacement says. */
  replaceSegments(replacement: SegmentReplacement): Promise<void>;
  /** Instances of a series with one uncompressed frame for which it is not known yet whether it can have a copy. */
  framesToCopy(series: SeriesIdentity, limit: number): Promise<readonly InstanceRow[]>;
  /** Records the lengths of the copies of frames: InstanceLayout.copyLength. */
  keepFrameCopies(copies: readonly FrameCopy[]): Promise<void>;
}

/** @see ArchiveIndex.keepFrameCopies */
export interface FrameCopy extends Pick<InstanceRow, 'id' | 'version'> {
  /** Bytes; 0 when the frame can have no copy. */
  readonly length: number;
}

/** The matches of a search in its order, beginning at its offset, as many as its limit allows. */
export interface SearchPage {
  readonly rows: readonly SearchRow[];
  /**
   * For SearchQuery.newestRow of later pages: the mark of the search itself, if it had one; otherwise the newest row at
   * the level of the search at that moment; 0: no row.
   */
  readonly newestRow: RowMark;
  /**
   * Names the content of all that the answer was made from: the same query of an index in the same state has the same
   * rows. Absent where the index cannot tell.
   */
  readonly state?: string;
}

/** The number of a row; for an archive in several databases a text that only storage/ reads. */
export type RowMark = number | string;

/** Remembers the newest row of the first page of each client's search: see paging.ts. */
export interface PagingMarks {
  /** @param now milliseconds since 1970 */
  remember(key: string, newestRow: RowMark, now: number): Promise<void>;
  /** @returns undefined when there is no mark, or only an old one */
  recall(key: string, now: number): Promise<RowMark | undefined>;
  /** Forgets the marks from before this time, milliseconds since 1970. */
  forgetBefore(time: number): Promise<void>;
}

/** Asks for work in the background, soon. */
export interface BackgroundQueue {
  /**
   * Asks to merge the metadata of each of these series.
   * @param delayMs milliseconds to wait before the run
   */
  requestCompaction(series: readonly SeriesIdentity[], delayMs?: number): Promise<void>;
  /** Asks to make the lost metadata of each of these series again. */
  requestRemake(series: readonly SeriesIdentity[]): Promise<void>;
  /**
   * Asks to ingest each of these uploads.
   * @param delayMs milliseconds to wait before the run
   */
  requestIngest(uploads: readonly string[], delayMs?: number): Promise<void>;
  /** Asks to copy the rows of changed studies into the bucket, soon. */
  requestSnapshots(): Promise<void>;
  /**
   * Asks for a step of the job that moves studies between databases.
   * @param delayMs milliseconds to wait before the run
   */
  requestMoves(delayMs: number): Promise<void>;
  /** Asks for a run of the re-index job. */
  requestReindex(): Promise<void>;
  /**
   * Asks to copy the frames of each of these series, some seconds later.
   * @param since when the copies were first requested, milliseconds since 1970
   */
  requestFrameCopies(series: readonly SeriesIdentity[], since: number): Promise<void>;
}
