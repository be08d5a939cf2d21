/** The principal that commits a group, and the labels of the studies that the group creates. */
export interface Author {
  /** Principal.id; empty when it is not known. */
  readonly principal: string;
  readonly labels: readonly string[];
  /** The principal may not see every study: what belongs to one that it cannot see is put aside. */
  readonly confined: boolean;
  /** The principal has a quota: what it stores is counted. */
  readonly counted?: boolean;
}

/** The author of the archive's own work, and of tests. */
export const NOBODY: Author = { principal: '', labels: [], confined: false };
