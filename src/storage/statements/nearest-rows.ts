import { nearest, type Statements, type StatementsOf } from './d1-client';
import type { Fragment } from './sql-fragment';

/**
 * Runs one statement on the nearest copy, and on the primary when that copy does not have what is looked for. Gives the
 * rows.
 * @param isFound absent: when there is a row
 */
export type NearestRows = <Row>(of: Fragment, isFound?: (rows: readonly Row[]) => boolean) => Promise<readonly Row[]>;

/** @returns a function that runs statements on the database */
export function nearestRows(database: StatementsOf): NearestRows {
  return async <Row>(
    { sql, parameters }: Fragment,
    isFound: (rows: readonly Row[]) => boolean = isThere,
  ): Promise<readonly Row[]> => {
    const ask = async (to: Statements) => [
      await to
        .prepare(sql)
        .bind(...parameters)
        .all<Row>(),
    ];
    const [rows = []] = await nearest(database, ask, ([rows = []]) => isFound(rows));
    return rows;
  };
}

/** Whether an answer has rows. Otherwise the primary is asked too: a replica may not have the row yet. */
export const isThere = (rows: readonly unknown[]) => rows.length > 0;

/** Takes an answer without rows as it is. */
export const evenIfEmpty = () => true;
