import type { StatementsOf } from './d1-client';
import { retrying } from './retries';

/** Runs one statement, and gives its rows. @throws UnavailableError, RefusedError: see retrying */
export type RowsOf = <Row>(sql: string, ...parameters: (string | number)[]) => Promise<Row[]>;

/** @returns runs statements on the database, each in a session of its own that sees every acknowledged write */
export function rowsOf(database: StatementsOf): RowsOf {
  return async <Row>(sql: string, ...parameters: (string | number)[]): Promise<Row[]> => {
    const statement = database
      .withSession('first-primary')
      .prepare(sql)
      .bind(...parameters);
    return (await retrying(() => statement.all<Row>())).results;
  };
}
