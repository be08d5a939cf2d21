/*
 * A snapshot holds all rows of one study, so that the index can be rebuilt from the bucket: what is shown, what was removed and
 * until when it can be restored, labels, and who stored the study. Snapshots are objects beside the instances:
 * index/<study>/<time>-<version>/<page>.json.gz, the last page with the ending -end. The newest snapshot that has its last page
 * counts. A study that is gone has a snapshot without rows.
 */

/** The tables of a snapshot, in the order in which their rows can be inserted. */
export const SNAPSHOT_TABLES = [
  'study',
  'series',
  'request_attribute',
  'metadata_segment',
  'instance',
  'series_sender',
  'further_sender',
  'removed_study',
  'removed_series',
  'removal',
  'legal_hold',
] as const;
/** One of the tables. */
export type SnapshotTable = (typeof SNAPSHOT_TABLES)[number];

/** A row: its values in the order of the table's columns. */
export type SnapshotRow = readonly (string | number | null)[];

/** Some of the rows of a study. */
export interface SnapshotPage {
  readonly format: 1;
  readonly studyInstanceUID: string;
  /** When the snapshot was begun, milliseconds since 1970. */
  readonly takenAt: number;
  /** The number of the study's database, where the archive has several. */
  readonly database?: number;
  readonly columns: Readonly<Partial<Record<SnapshotTable, readonly string[]>>>;
  readonly rows: Readonly<Partial<Record<SnapshotTable, readonly SnapshotRow[]>>>;
}

/** Where the reading of a large study goes on: the last instance and the last removed instance that were read. */
export interface PagePosition {
  readonly instance: number;
  readonly removal: number;
}

/** What snapshots ask an archive's index. Every method is one round trip to the database. */
export interface SnapshotIndex extends CopiedRows, IndexMoments, RebuiltIndex {}

/** The rows that are copied into the bucket, and the studies whose rows have to be copied. */
export interface CopiedRows {
  /**
   * Claims studies that have changed since their last snapshot.
   * @param abandonedBefore claims from before this time count as abandoned, milliseconds since 1970
   */
  claimChanged(limit: number, now: number, abandonedBefore: number): Promise<readonly string[]>;
  /**
   * Reads rows of a study.
   * @param after undefined: the first page, which has all rows but those of further instances and removed instances
   * @param limit instances, and removed instances, of a page
   * @returns the page, and where the next one begins; undefined: there is none
   */
  page(
    studyInstanceUID: string,
    after: PagePosition | undefined,
    limit: number,
  ): Promise<Pick<SnapshotPage, 'columns' | 'rows' | 'database'> & { readonly next: PagePosition | undefined }>;
  /**
   * Ends a claim.
   * @returns false: the study has changed meanwhile, and stays to be copied
   */
  finish(studyInstanceUID: string, claimedAt: number): Promise<boolean>;
  /** Whether the study has changed since it was claimed. */
  hasChanged(studyInstanceUID: string, claimedAt: number): Promise<boolean>;
  /** The number of studies that wait for a snapshot, counted up to `limit`. */
  countChanged(limit: number): Promise<number>;
  /**
   * Studies with removed instances, whether or not anything is left of them, in the order of their UIDs. Reads a row for each.
   * @param studyInstanceUID those after this one; empty: from the first one on
   */
  removedStudiesAfter(studyInstanceUID: string, limit: number): Promise<readonly string[]>;
  /** Adds studies that were stored before there were snapshots, `limit` at most. */
  addUnknown(limit: number): Promise<void>;
  /** Queues objects for deletion. @param dueAt they may be deleted from then on, milliseconds since 1970 */
  queueDeletion(keys: readonly string[], dueAt: number): Promise<void>;
  /** @returns the studies that wait to be copied into the bucket, or that may have changed without being noted yet */
  waiting(studies: readonly string[]): Promise<readonly string[]>;
  /** Notes that these studies have to be copied into the bucket. */
  noteChanged(studies: readonly string[]): Promise<void>;
  /** Notes that studies have to be copied into the bucket that a client has named. Those without rows in the index are left out. */
  noteMissing(studies: readonly string[]): Promise<void>;
}

/** The moments up to which the rows in the bucket are complete: see index-moment.ts. */
export interface IndexMoments {
  /**
   * The newest moment at which rows of each database of the archive were copied into the bucket, milliseconds since 1970, in the
   * order of their numbers; 0: none is known.
   */
  moments(): Promise<readonly number[]>;
  /**
   * Notes such a moment.
   * @param studies that were copied: only their databases note it; absent: all do
   * @returns the newest one of each database that notes it, later than all before; 0 for the others
   */
  noteMoment(now: number, studies?: readonly string[]): Promise<readonly number[]>;
  /** When the study last changed, as far as its rows say, milliseconds since 1970; 0: it has no rows. */
  lastChange(studyInstanceUID: string): Promise<number>;
}

/** What a rebuild writes: see rebuild.ts. */
export interface RebuiltIndex {
  /** The rebuild that is under way, or the last one. */
  rebuild(): Promise<string | undefined>;
  /** Keeps the state of a rebuild. */
  keepRebuild(state: string): Promise<void>;
  /** Whether the index holds no study, and nothing that was removed. */
  isEmpty(): Promise<boolean>;
  /**
   * Inserts rows of a study, with the ids that they had, or with others when a row of another study has one of them. Rows that
   * are there stay.
   * @param shift what is added to all ids of the study; undefined: it is to be found out
   * @returns the shift, for the further pages of the study
   */
  insert(page: SnapshotPage, shift: number | undefined): Promise<number>;
  /** Deletes all rows of a study. */
  clear(studyInstanceUID: string): Promise<void>;
}
