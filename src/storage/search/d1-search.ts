import type { SearchQuery } from '../../archive/search/search-query';
import type { DatabaseIndex } from '../index/database-index';
import { nearest, type StatementsOf } from '../statements/d1-client';
import { evenIfEmpty, nearestRows } from '../statements/nearest-rows';
import { type Fragment, fragment, type SqlValue } from '../statements/sql-fragment';
import type { View } from '../visibility/view';
import { leastMatches } from './least-matches';
import { keysOf } from './search-order';
import { type SearchColumns, searchRow } from './search-row';
import {
  countSQL,
  dependsOnStudiesAlone,
  matchingRowsSQL,
  newestRowSQL,
  rankedColumns,
  rowsSQL,
  searchSQL,
} from './search-sql';

type Searches = Pick<
  DatabaseIndex,
  'search' | 'ranked' | 'patients' | 'rowsByID' | 'matchingRows' | 'rowsOf' | 'count'
>;

/**
 * The searches of an index, in a D1 database.
 * @param database through the view, when there is one
 */
export function d1Search(database: StatementsOf, view: View | undefined): Searches {
  const near = nearestRows(database);
  const searched = async (query: SearchQuery, { known, hasState, select }: Searched) => {
    const found = searchSQL(query, view, hasState ? known : undefined, select);
    const newest = newestRowSQL(query.level, hasState);
    const [mark, rows = []] = await nearest<SearchColumns & RankedColumns>(
      database,
      (to) => to.batch([to.prepare(newest.sql).bind(), to.prepare(found.sql).bind(...found.parameters)]),
      ([mark, rows = []]) => rows.length >= leastMatches(query) || (hasState && isKept(mark?.[0]?.state, known)),
    );
    const { newest_row: newestRow = 0, state } = mark?.[0] ?? {};
    return { rows, newestRow: query.newestRow ?? newestRow, state };
  };

  return {
    async search(query, known) {
      const hasState = view === undefined && dependsOnStudiesAlone(query);
      const { rows, newestRow, state } = await searched(query, { known, hasState });
      // A database that has not changed since the migration has no state: two databases could have the same one.
      return { rows: rows.map((row) => searchRow(row)), newestRow, ...(hasState && state && { state }) };
    },

    async ranked(query, withRows) {
      const { rows, newestRow } = await searched(query, { select: rankedColumns(query, withRows), hasState: false });
      const count = keysOf(query).length;
      return {
        rows: rows.map((row) => ({
          id: row.row_id,
          keys: Array.from({ length: count }, (_, at) => row[`key_${at}`] ?? null),
          ...(withRows && { row: searchRow(row) }),
        })),
        newestRow,
      };
    },

    async patients(limit) {
      const found = await near<{ id: string; issuer: string | null }>(fragment(PATIENTS, limit), evenIfEmpty);
      return found.map(({ id, issuer }) => [id, issuer] as const);
    },

    async rowsByID(query, ids) {
      const rows = await near<SearchColumns & RankedColumns>(rowsSQL(query, ids), evenIfEmpty);
      return new Map(rows.map((row) => [row.row_id, searchRow(row)]));
    },

    async matchingRows(query: SearchQuery) {
      return (await near<{ id: number }>(matchingRowsSQL(query))).map(({ id }) => id);
    },

    async rowsOf(query, ids) {
      return (await near<SearchColumns>(rowsSQL(query, ids), evenIfEmpty)).map(searchRow);
    },

    async count(query: SearchQuery) {
      const [row] = await near<{ total: number }>(countSQL(query, view), ([row]) => row!.total >= leastMatches(query));
      return row?.total ?? 0;
    },
  };
}

/** Whether the kept page is of the present state of the index. */
function isKept(state: string | undefined, known: string | undefined): boolean {
  return known !== undefined && state === known;
}

interface Searched {
  readonly known?: string | undefined;
  readonly hasState: boolean;
  readonly select?: Fragment;
}

/** Columns of rankedColumns and of newestRowSQL. */
interface RankedColumns {
  readonly newest_row: number;
  readonly state?: string;
  readonly row_id: number;
  readonly [key: `key_${number}`]: SqlValue;
}

const PATIENTS = `SELECT DISTINCT patient_id AS id, issuer_of_patient_id AS issuer FROM study WHERE patient_id <> '' LIMIT ?`;
