import type { Allowance, ArchiveStatus, ArchiveTotals, InstancesAndBytes } from '../../archive/archive-status';
import type { ArchiveIndex, RowMark } from '../../archive/ports';
import type { SearchRow } from '../../archive/rows';
import type { SearchQuery } from '../../archive/search/search-query';
import type { SqlValue } from '../statements/sql-fragment';

/** A search of one of several databases. */
export interface DatabaseQuery extends SearchQuery {
  /** Study Instance UIDs whose rows in this database do not count. */
  readonly notCounted?: readonly string[];
  /** Whether rows of studies that have come from another database count too, beside the rows up to `newestRow`. */
  readonly movedIn?: boolean;
  /** The number of ranks of names that match fuzzily, the most similar first; absent: all ranks. */
  readonly ranks?: number;
}

/** A match of a search in one of several databases. */
export interface RankedRow {
  /** The number of the row in its database. */
  readonly id: number;
  /** The values of keysOf in search/search-order.ts. */
  readonly keys: readonly SqlValue[];
  /** Absent when only keys were asked for. */
  readonly row?: SearchRow;
}

/** The index of one database, with the methods that an archive of several databases needs: see shards/. */
export interface DatabaseIndex extends ArchiveIndex {
  search(query: DatabaseQuery, known?: string): ReturnType<ArchiveIndex['search']>;
  matchingRows(query: DatabaseQuery): Promise<readonly number[]>;
  count(query: DatabaseQuery): Promise<number>;
  /**
   * Like `search`, with the keys by which the results of several databases are merged.
   * @param withRows gives rows too, not only numbers and keys
   */
  ranked(query: DatabaseQuery, withRows: boolean): Promise<{ rows: readonly RankedRow[]; newestRow: RowMark }>;
  /** The patients of the studies that can be seen, as the index has their Patient ID and its issuer; at most `limit`. */
  patients(limit: number): Promise<readonly (readonly [patientID: string, issuer: string | null])[]>;
  /** The rows of `rowsOf` by their numbers. */
  rowsByID(
    query: Pick<SearchQuery, 'level' | 'attributesOf'>,
    ids: readonly number[],
  ): Promise<ReadonlyMap<number, SearchRow>>;
}

/** What a principal with a quota takes up in one database. */
export interface DatabaseAllowance extends Allowance {
  /** Principal.id */
  readonly principal: string;
  /** @param notCounted Study Instance UIDs whose rows in this database do not count */
  used(notCounted?: readonly string[]): Promise<InstancesAndBytes>;
}

/** The state of one database. */
export interface DatabaseStatus extends ArchiveStatus {
  /** @param notCounted Study Instance UIDs whose rows in this database do not count */
  totals(now: number, notCounted?: readonly string[]): Promise<ArchiveTotals>;
  size(notCounted?: readonly string[]): Promise<InstancesAndBytes>;
}
