import { nearest, type Statements, type StatementsOf } from './d1-client';
import type { Fragment } from './sql-fragment';

/** Runs one statement, and gives its rows. @param isFound absent: where there are some */
export type NearestRows = <Row>(of: Fragment, isFound?: (rows: readonly Row[]) => boolean) => Promise<readonly Row[]>;

/** @returns runs statements on the nearest copy of the database that has what is looked for */
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

/** What an empty answer means: there is nothing, or a copy does not have it yet. */
export const isThere = (rows: readonly unknown[]) => rows.length > 0;

/** An empty answer is no reason to ask again. */
export const anyway = () => true;
