import type { StatementsOf } from './d1-client';
import { retrying } from './retries';
import type { SqlValue } from './sql-fragment';

/** Runs one statement, and gives its rows. @throws UnavailableError, RefusedError: see retrying */
export type RowsOf = <Row>(sql: string, ...parameters: SqlValue[]) => Promise<Row[]>;

/** @returns runs statements on the database, each in a session of its own that sees every acknowledged write */
export function rowsOf(database: StatementsOf): RowsOf {
  return async <Row>(sql: string, ...parameters: SqlValue[]): Promise<Row[]> => {
    const statement = database
      .withSession('first-primary')
      .prepare(sql)
      .bind(...parameters);
    return (await retrying(() => statement.all<Row>())).results;
  };
}
