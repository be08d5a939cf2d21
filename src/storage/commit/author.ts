/** The principal that commits a group, and the labels of the studies that the group creates. */
export interface Author {
  /** Principal.id; empty when it is not known. */
  readonly principal: string;
  readonly labels: readonly string[];
  /** The principal does not see every study. Instances of a study that it cannot see are put aside. */
  readonly confined: boolean;
  /** The principal has a quota, so its stored instances are counted. */
  readonly counted?: boolean;
  /** The principal may only store: the Patient ID of what others have stored is not compared for it. */
  readonly storesOnly?: boolean;
}

/** The author of the archive's own work, and of tests. */
export const NOBODY: Author = { principal: '', labels: [], confined: false };
