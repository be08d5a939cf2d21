/** What the sweeper asks an archive's index and keeps in it. Every method is one round trip to the database. */
export interface SweepIndex extends IndexIdentity, SweepRuns, SegmentSweeps, ObjectSweeps, OrphanSweeps {}

/** The id that says to which archive the index belongs: archive-id.ts. */
export interface IndexIdentity {
  /** The id that the index carries; undefined when none was made yet. */
  identity(): Promise<ArchiveIdentity | undefined>;
  /** Gives the index an id, unless it has one. @returns the id that it has now */
  giveIdentity(archiveID: string): Promise<ArchiveIdentity>;
  /**
   * Records that the bucket carries the same id.
   * @param now milliseconds since 1970
   * @returns whether the index still has this id
   */
  confirmIdentity(archiveID: string, now: number): Promise<boolean>;
  /**
   * Gives the index the id of the bucket, confirmed, unless it has another confirmed id.
   * @param now milliseconds since 1970
   * @returns whether the index has the bucket's id now
   */
  takeIdentity(archiveID: string, now: number): Promise<boolean>;
  /**
   * Removes the id of the index, because an archive is restored into it. An index whose rebuild has begun, or has ended, keeps
   * its id: two clients may restore at the same time.
   */
  forgetIdentity(): Promise<void>;
  /** Some of the instances that count, the first and the last that were stored; empty when there are none. */
  someInstances(): Promise<readonly InstanceObjects[]>;
}

/** The runs of the sweeper. */
export interface SweepRuns {
  /** The report of the run before. */
  lastReport(): Promise<SweepReport | undefined>;
  /** Keeps the report of a run in place of the one before. */
  keepReport(report: SweepReport): Promise<void>;
  /** Records a period without a run that the index remembers: milliseconds since 1970. */
  noteGap(from: number, to: number): Promise<void>;
}

/** Metadata segments in which no instance counts, or that should be merged. */
export interface SegmentSweeps {
  /**
   * The metadata segments of the next series, beginning where the last look stopped.
   * @param limit series at most
   */
  nextSegments(limit: number): Promise<SegmentLook>;
  /** The next look begins after this series; 0: with the first series. */
  keepSegmentPosition(seriesRow: number): Promise<void>;
  /**
   * Forgets metadata segments in which no instance counts, and queues their objects for deletion unless a removed
   * instance could return to them.
   */
  forgetDeadSegments(segments: readonly NamedKey[], now: number): Promise<void>;
}

/** Objects that are queued for deletion, and the look through the bucket. */
export interface ObjectSweeps {
  /** Keys that were queued for deletion and fell due at or before `before`, at most `limit`. */
  dueDeletions(before: number, limit: number): Promise<readonly string[]>;
  /** The keys of those of these objects that no row names except the queue of deletions. */
  unnamed(objects: readonly StoredObject[]): Promise<readonly string[]>;
  /** Forgets queued deletions, once their objects are deleted. */
  forgetDeletions(keys: readonly string[]): Promise<void>;

  /** The place where the last look through the bucket stopped. */
  position(): Promise<SweepPosition | undefined>;
  /** Keeps the place where a look through the bucket stopped. */
  keepPosition(position: SweepPosition): Promise<void>;
  /** The keys of those of these objects that no row names and that are not queued for deletion. */
  unreferenced(objects: readonly StoredObject[]): Promise<readonly string[]>;
}

/** Objects in the bucket that no row names. */
export interface OrphanSweeps {
  /** Records objects as orphans. Those that were recorded before keep the time at which they were first seen. */
  noteOrphans(orphans: readonly { readonly key: string; readonly uploadedAt: number }[], now: number): Promise<void>;
  /** Orphans that the operator has not accepted, in the order of their keys, beginning after `key`. */
  orphansAfter(key: string, limit: number): Promise<readonly string[]>;
  /** The number of waiting orphans that the operator has not accepted, counted up to `limit`. */
  countOrphans(limit: number): Promise<number>;
  /** The number of instances that count, counted up to `limit`. */
  countInstances(limit: number): Promise<number>;
  /**
   * Orphans that were first seen at or before `before`, at most `limit`. Orphans that were uploaded in a gap between
   * runs are left out unless the operator has accepted them: an index that was restored would not know their objects.
   */
  oldOrphans(before: number, limit: number): Promise<readonly string[]>;
  /**
   * Claims those of these orphans that still no row names.
   * @returns the keys to delete
   */
  claimOrphans(orphans: readonly StoredObject[], now: number): Promise<readonly string[]>;
  /** Forgets orphans that are deleted, or that a row names. */
  forgetOrphans(keys: readonly string[]): Promise<void>;
}

/** The parts of the keys of an instance's objects. */
export interface InstanceObjects {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly sopInstanceUID: string;
  readonly version: string;
}

/** An R2 object as its key describes it: an instance's object (with version) or a metadata segment. */
export interface StoredObject extends Partial<InstanceObjects> {
  readonly key: string;
  readonly segment?: string;
}

/** The id that an index carries. */
export interface ArchiveIdentity {
  readonly archiveID: string;
  /** Whether the bucket was seen to carry the id too. */
  readonly confirmed: boolean;
  /** How many databases the archive is known to have. */
  readonly databases?: number;
  /** The fault in the bindings of its databases. */
  readonly misplaced?: 'missing-database' | 'other-database';
  /** The newest moment at which rows of each of its databases were copied into the bucket, milliseconds since 1970; 0: none. */
  readonly moments: readonly number[];
}

/** A place in the listing of the bucket. */
export interface SweepPosition {
  readonly prefix: string;
  readonly cursor?: string;
}

/** A look at the metadata segments of some series. */
export interface SegmentLook {
  /** The series whose segments need work. */
  readonly series: readonly SeriesSegments[];
  /** The row of the last series that was looked at; 0 when there was no further series. */
  readonly lastSeriesRow: number;
}

/** The metadata segments of a series whose segments need work. */
export interface SeriesSegments {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  /** Number of segments in which instances count. */
  readonly live: number;
  /** Names of the segments in which no instance counts. */
  readonly dead: readonly string[];
}

/** The name of a row, and the key of its object. */
export interface NamedKey {
  readonly name: string;
  readonly key: string;
}

/** What a run of the sweeper did. The index keeps it for monitoring. */
export interface SweepReport {
  /** When it ran, milliseconds since 1970. */
  readonly ranAt: number;
  /** The reason why the run stopped; absent when it did everything that was due. */
  readonly stopped?: SweepStop;
  /** Objects deleted: objects that were queued for deletion, objects of purged instances, and orphans. */
  readonly deleted: { readonly queued: number; readonly purged: number; readonly orphans: number };
  /** Objects that no row names and that wait until they are deleted; absent when they were not counted. */
  readonly orphansWaiting?: number;
}

/**
 * Why a run stopped before it deleted objects. index-without-id: the bucket carries the id of an archive, and the index
 * carries none. bucket-without-id: the index carries an id that the bucket has lost. different-ids: they carry two ids.
 * unknown-objects, missing-objects: neither carries an id, and the bucket holds objects that the index does not know, or
 * lacks objects that the index names. index-put-back: the bucket has later changes than the index. missing-database: the
 * archive has more databases than the Worker has bindings for, or one of them is empty. other-database: a database of
 * another archive, or of another number, is bound in place of one. too-many-orphans: more objects than interrupted
 * requests leave behind have no row.
 */
export type SweepStop = Separation | 'too-many-orphans';
/** The reason why the bucket and the index do not belong together: see SweepStop. */
export type Separation =
  | 'index-without-id'
  | 'index-put-back'
  | 'bucket-without-id'
  | 'different-ids'
  | 'missing-database'
  | 'other-database'
  | 'unknown-objects'
  | 'missing-objects';
