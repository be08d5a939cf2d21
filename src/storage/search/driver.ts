import type { Fragment } from '../sql-fragment';

/** A key by which the studies that match can be found: no fewer than match, perhaps more. */
export interface Driver {
  /** The higher, the fewer studies are expected: a guess, by which keys are tried in order. */
  readonly weight: number;
  /** Where the studies are found; what the sources find together. */
  readonly sources: readonly Source[];
  /** The same in study_term, where they can be found block by block of dates; absent where that is not possible. */
  readonly blockSources?: readonly Source[];
}

export interface Source {
  readonly table: string;
  /** Column of the study's row number. */
  readonly study: string;
  readonly where: Fragment;
}
