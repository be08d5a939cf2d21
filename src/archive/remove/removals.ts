import type { SeriesRecord, StudyRecord } from '../commit-group';
import type { InstanceIdentity, Scope, SeriesIdentity } from '../identities';
import type { MetadataLocation } from '../rows';

/** The removed instances of an archive: what was deleted, replaced or kept aside, until it is purged. */
export interface RemovalIndex {
  /**
   * Takes what a scope holds out of the archive, in one transaction.
   * @returns instances removed; 0 where there were none
   */
  remove(removal: Removal): Promise<number>;
  /** The first instances left, when a scope is removed, of its series and of its study: they describe what stays. */
  remaining(scope: Scope): Promise<readonly InstanceIdentity[]>;
  /** Whether the scope held instances that could still be brought back. */
  holds(scope: Scope, now: number): Promise<boolean>;
  /**
   * The series of which `restore` would bring instances back, as they were described.
   * @param now milliseconds since 1970
   */
  restorableSeries(scope: Scope, now: number): Promise<readonly RemovedSeries[]>;
  /** Where the metadata of the version lies that `restore` would bring back of one instance. */
  restorableVersion(instance: InstanceIdentity, now: number): Promise<MetadataLocation | undefined>;
  /** Brings removed instances back, in one transaction. @returns instances that count again */
  restore(restoration: Restoration): Promise<number>;
  /**
   * Claims instances whose time has come, at most `limit`, those claimed before among them: from then on they cannot be
   * restored, and `holds` says no. None of them counts.
   */
  claimPurgeable(now: number, limit: number): Promise<readonly RemovedVersion[]>;
  /** The metadata segments of these removed instances that hold the metadata of no others. */
  segmentsOfNoOther(versions: readonly string[]): Promise<readonly (SeriesIdentity & { readonly name: string })[]>;
  /** Forgets removed instances, once their objects are gone. */
  forget(removed: readonly RemovedVersion[]): Promise<void>;
}

export interface Removal {
  readonly scope: Scope;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Until when the instances can be brought back: milliseconds since 1970. */
  readonly purgeAt: number;
  readonly description: Description;
}

/** How studies and series are described from now on. */
export interface Description {
  readonly studies: readonly StudyRecord[];
  readonly series: readonly SeriesRecord[];
}

export interface RemovedSeries extends SeriesIdentity {
  /** DICOM JSON text of the study's attributes, and of the series'. */
  readonly studyAttributes: string;
  readonly seriesAttributes: string;
}

/**
 * A study or a series gets back what was deleted of it. An instance gets back its newest removed version, which changes
 * places with the one that counts, if there is one.
 */
export interface Restoration {
  readonly scope: Scope;
  readonly now: number;
  /** Until when a version that gives way can be brought back; null: as long as its instance is there. */
  readonly purgeAt: number | null;
  /** Of a single instance: the version to bring back. */
  readonly version?: string;
  readonly description: Description;
}

export interface RemovedVersion extends InstanceIdentity {
  readonly version: string;
}
