import type { StoreQuota } from './visibility';

/** The services that an archive uses. */
export type ServicePart = 'database' | 'bucket' | 'queue';

/** What an administrator, or a monitor, asks of an archive. */
export interface ArchiveStatus {
  /**
   * Sends a service a request that costs almost nothing.
   * @throws the error of the service when it fails
   */
  ask(part: ServicePart): Promise<void>;
  /**
   * The contents of the archive. Costs one round trip and few rows, whatever the size of the archive.
   * @param now milliseconds since 1970
   */
  totals(now: number): Promise<ArchiveTotals>;
  /**
   * The instances and bytes that count towards the quota: visible instances, and removed ones whose files still exist.
   * Costs one row.
   */
  size(): Promise<InstancesAndBytes>;
  /**
   * The bytes of each database of the archive, in the order of their numbers; new studies come to the last one. Costs
   * one round trip for each, and reads no row.
   */
  databaseBytes(): Promise<readonly number[]>;
}

/** What an archive holds now. */
export interface ArchiveTotals {
  readonly studies: number;
  readonly series: number;
  readonly instances: number;
  /** Bytes of the instances' Part 10 files. */
  readonly bytes: number;
  /** Instances that were deleted, replaced or kept aside, and whose files are still in the bucket. */
  readonly removed: InstancesAndBytes;
  /** The removed instances that cannot be restored any more: the sweeper deletes them. Counted up to COUNTED_UP_TO. */
  readonly reclaimable: InstancesAndBytes;
  /** Objects that no instance needs any more, such as merged metadata. Counted up to COUNTED_UP_TO. */
  readonly queuedDeletions: number;
  /**
   * Since when the metadata of a series has waited to be merged, for the series that has waited longest: milliseconds
   * since 1970.
   */
  readonly oldestUnmergedAt?: number;
}

/** A number of instances, and the bytes of their Part 10 files. */
export interface InstancesAndBytes {
  readonly instances: number;
  readonly bytes: number;
}

/** Instances and objects that wait to be deleted are counted up to this number. */
export const COUNTED_UP_TO = 10_000;

/** What a principal may store, and what it has stored since it has a quota. */
export interface Allowance {
  readonly quota: StoreQuota;
  used(): Promise<InstancesAndBytes>;
}
