/** What the sweeper asks of an archive's index, and keeps there. Every method is one round trip to the database. */
export interface SweepIndex {
  /** The id that the index carries; undefined: none was made yet. */
  identity(): Promise<ArchiveIdentity | undefined>;
  /** Gives the index an id, unless it has one. @returns the id that it has now */
  giveIdentity(archiveID: string): Promise<ArchiveIdentity>;
  /** Notes that the bucket carries the same id. @param now milliseconds since 1970 */
  confirmIdentity(now: number): Promise<void>;
  /** Some of the instances that count, the first and the last stored; empty: there is none. */
  someInstances(): Promise<readonly InstanceObjects[]>;

  /** What became of the run before. */
  lastReport(): Promise<SweepReport | undefined>;
  keepReport(report: SweepReport): Promise<void>;
  /** Notes a time of which no run is remembered: milliseconds since 1970. */
  noteGap(from: number, to: number): Promise<void>;

  /**
   * The metadata segments of the next series from where the last look stopped.
   * @param limit series at most
   */
  nextSegments(limit: number): Promise<SegmentLook>;
  /** The next look begins after this series; 0: with the first. */
  keepSegmentPosition(seriesRow: number): Promise<void>;
  /**
   * Forgets metadata segments in which no instance counts, and queues their objects for deletion, unless a removed
   * instance could come back to them.
   */
  forgetDeadSegments(segments: readonly NamedKey[], now: number): Promise<void>;

  /** Keys that were queued for deletion with a due time up to `before`, at most `limit`. */
  dueDeletions(before: number, limit: number): Promise<readonly string[]>;
  /** The keys of those of these objects that no row names but the queue's. */
  unnamed(objects: readonly StoredObject[]): Promise<readonly string[]>;
  forgetDeletions(keys: readonly string[]): Promise<void>;

  /** Where the last look through the bucket stopped. */
  position(): Promise<SweepPosition | undefined>;
  keepPosition(position: SweepPosition): Promise<void>;
  /** The keys of those of these objects that no row names and no deletion waits for. */
  unreferenced(objects: readonly StoredObject[]): Promise<readonly string[]>;

  /** Notes objects as orphans; those noted before keep the time at which they were seen first. */
  noteOrphans(orphans: readonly { readonly key: string; readonly uploadedAt: number }[], now: number): Promise<void>;
  /** Orphans that the operator has not accepted, in the order of their keys, from just after `key`. */
  orphansAfter(key: string, limit: number): Promise<readonly string[]>;
  /** How many orphans wait that the operator has not accepted, counted up to `limit`. */
  countOrphans(limit: number): Promise<number>;
  /** How many instances count, counted up to `limit`. */
  countInstances(limit: number): Promise<number>;
  /**
   * Orphans first seen up to `before`, at most `limit`. Left out are those uploaded in a gap between runs, unless the
   * operator has accepted them: an index that was put back would know nothing of them.
   */
  oldOrphans(before: number, limit: number): Promise<readonly string[]>;
  /** Claims those of these orphans that still no row names. @returns the keys to be deleted */
  claimOrphans(orphans: readonly StoredObject[], now: number): Promise<readonly string[]>;
  forgetOrphans(keys: readonly string[]): Promise<void>;
}

/** What the keys of an instance's objects are made of. */
export interface InstanceObjects {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly sopInstanceUID: string;
  readonly version: string;
}

/** An R2 object as its key describes it: an instance's (with version) or a metadata segment. */
export interface StoredObject extends Partial<InstanceObjects> {
  readonly key: string;
  readonly segment?: string;
}

export interface ArchiveIdentity {
  readonly archiveID: string;
  /** Whether the bucket was seen to carry it too. */
  readonly confirmed: boolean;
}

/** A place in the listing of the bucket. */
export interface SweepPosition {
  readonly prefix: string;
  readonly cursor?: string;
}

export interface SegmentLook {
  /** Those of the series looked at about whose segments something is to be done. */
  readonly series: readonly SeriesSegments[];
  /** The row of the last series looked at; 0 when there was none after it. */
  readonly lastSeriesRow: number;
}

/** The metadata segments of a series, where something is to be done about them. */
export interface SeriesSegments {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  /** Segments in which instances count. */
  readonly live: number;
  /** Names of those in which none does. */
  readonly dead: readonly string[];
}

/** A row by its name, and the object that it is of. */
export interface NamedKey {
  readonly name: string;
  readonly key: string;
}

/** What a run of the sweeper did. Kept in the index, for whoever watches over the deployment. */
export interface SweepReport {
  /** When it ran, milliseconds since 1970. */
  readonly ranAt: number;
  /** Absent: it did all that was due. */
  readonly stopped?: SweepStop;
  /** Objects deleted: such as were queued for it, such as belonged to purged instances, and orphans. */
  readonly deleted: { readonly queued: number; readonly purged: number; readonly orphans: number };
  /** Objects that no row names, waiting for the time to be deleted; absent when they were not counted. */
  readonly orphansWaiting?: number;
}

/**
 * Why a run stopped before it deleted. index-without-id: the bucket carries an archive's id and the index none.
 * bucket-without-id: the index carries one that the bucket has lost. different-ids: they carry two. unknown-objects,
 * missing-objects: neither carries one, and the bucket holds what the index does not know, or lacks what the index names.
 * too-many-orphans: there are more objects that no row names than accidents leave behind.
 */
export type SweepStop = Separation | 'too-many-orphans';
export type Separation =
  | 'index-without-id'
  | 'bucket-without-id'
  | 'different-ids'
  | 'unknown-objects'
  | 'missing-objects';
