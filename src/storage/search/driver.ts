import type { Fragment } from '../statements/sql-fragment';

/** A key that leads to the matching studies: to all of them, and perhaps to more. */
export interface Driver {
  /** A guess. A higher weight means that fewer studies are expected. Keys with a higher weight are tried first. */
  readonly weight: number;
  /** Where the studies are found: the results of all sources together. */
  readonly sources: readonly Source[];
  /** Sources in study_term, where studies can be found block by block of dates; absent when that is not possible. */
  readonly blockSources?: readonly Source[];
}

/** A table whose rows lead to studies. */
export interface Source {
  readonly table: string;
  /** Column of the study's row number. */
  readonly study: string;
  readonly where: Fragment;
}
