import type { SeriesRecord, StudyRecord } from '../commit-group';
import type { InstanceIdentity, Scope, SeriesIdentity } from '../identities';
import type { MetadataLocation } from '../rows';

/** The removed instances of an archive, which were deleted, replaced or kept aside, until they are purged. */
export interface RemovalIndex extends PurgeIndex {
  /**
   * Removes the instances of a scope from the archive, in one transaction. Links to a study or a series without any
   * instance left are revoked, because other images may be stored under its UIDs.
   * @returns instances removed; 0 when there were none, or when the study has changed
   */
  remove(removal: Removal): Promise<number>;
  /**
   * The first instances of the scope's series and study that remain when the scope is removed: they describe what
   * remains.
   */
  remaining(scope: Scope): Promise<readonly InstanceIdentity[]>;
  /** Whether the scope held instances that can still be restored. */
  holds(scope: Scope, now: number): Promise<boolean>;
  /**
   * The series whose instances `restore` would restore, as they were described.
   * @param now milliseconds since 1970
   */
  restorableSeries(scope: Scope, now: number): Promise<readonly RemovedSeries[]>;
  /** The location of the metadata of the version that `restore` would restore; of several, of the one that was stored first. */
  restorableVersion(scope: Scope, now: number): Promise<MetadataLocation | undefined>;
  /**
   * Restores removed instances, in one transaction.
   * @returns undefined when nothing was done: the version that it names is not the one to restore any more, or there are further
   * series to restore than it describes
   */
  restore(restoration: Restoration): Promise<RestoredCounts | undefined>;
}

/** The end of removed instances: see purge.ts. */
export interface PurgeIndex {
  /**
   * Gives a time to be purged to at most `limit` versions that were put or kept aside, and are there since `before` or longer.
   * Until then they can be restored.
   * @returns how many
   */
  ageAsides(before: number, purgeAt: number, limit: number): Promise<number>;
  /**
   * Claims instances that are due, at most `limit`, including those that were claimed before. After that they cannot be
   * restored, and `holds` returns false. None of them counts.
   */
  claimPurgeable(now: number, limit: number): Promise<readonly RemovedVersion[]>;
  /** The metadata segments of these removed instances that hold the metadata of no others. */
  segmentsOfNoOther(versions: readonly string[]): Promise<readonly (SeriesIdentity & { readonly name: string })[]>;
  /** Forgets removed instances, once their objects are deleted. */
  forget(removed: readonly RemovedVersion[]): Promise<void>;
}

/** A deletion. */
export interface Removal {
  readonly scope: Scope;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The time until which the instances can be restored, milliseconds since 1970. */
  readonly purgeAt: number;
  readonly description: Description;
  /**
   * When the study was last changed, milliseconds since 1970: nothing is removed if it has changed since. Absent: not
   * checked.
   */
  readonly changedAt?: number;
}

/** How studies and series are described from now on. */
export interface Description {
  readonly studies: readonly StudyRecord[];
  readonly series: readonly SeriesRecord[];
}

/** A series with removed instances, as it was described. */
export interface RemovedSeries extends SeriesIdentity {
  /** DICOM JSON text of the study's attributes, and of the series'. */
  readonly studyAttributes: string;
  readonly seriesAttributes: string;
}

/**
 * A study or a series gets back its deleted instances. An instance gets back its newest removed version, which trades
 * places with the version that counts, if there is one.
 */
export interface Restoration {
  readonly scope: Scope;
  readonly now: number;
  /**
   * Until this time the replaced version can be restored, milliseconds since 1970; null: as long as its instance is
   * there.
   */
  readonly purgeAt: number | null;
  /** The version to restore, for a single instance. */
  readonly version?: string;
  readonly description: Description;
}

/** The instances of a restoration that could be restored until then, by their result. */
export interface RestoredCounts {
  /** Instances that count again. */
  readonly restored: number;
  /** Instances that stay removed, because other content has been stored under their UIDs since. */
  readonly otherContent: number;
  /**
   * Instances that stay removed, because the study that has their UID now has other labels or another sender, so others
   * may see it.
   */
  readonly otherStudy: number;
}

/** The result of a restoration that restores nothing. */
export const NONE_RESTORED: RestoredCounts = { restored: 0, otherContent: 0, otherStudy: 0 };

/** A version of an instance that was removed. */
export interface RemovedVersion extends InstanceIdentity {
  readonly version: string;
}
