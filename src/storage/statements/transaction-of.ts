import type { StatementsOf } from './d1-client';
import { retrying } from './retries';
import type { SqlValue } from './sql-fragment';

/** A statement with its values. */
export type BoundSQL = readonly [sql: string, ...values: SqlValue[]];

/** Runs statements as one transaction, and gives the rows of each. @throws UnavailableError, RefusedError: see retrying */
export type TransactionOf = <Row>(statements: readonly BoundSQL[]) => Promise<Row[][]>;

/** @returns runs transactions on the database, each in a session of its own that sees every acknowledged write */
export function transactionOf(database: StatementsOf): TransactionOf {
  return async <Row>(statements: readonly BoundSQL[]): Promise<Row[][]> => {
    const session = database.withSession('first-primary');
    const bound = statements.map(([sql, ...values]) => session.prepare(sql).bind(...values));
    return (await retrying(() => session.batch<Row>(bound))).map(({ results }) => results);
  };
}
