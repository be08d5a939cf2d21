import type { StatementsOf } from '../../d1-client';
import { retrying } from '../../retries';
import { type RowsOf, rowsOf } from '../../rows-of';
import type { SqlValue } from '../../sql-fragment';

/** A statement with its values. */
export type BoundSQL = readonly [sql: string, ...values: SqlValue[]];

/** The databases of an archive by their numbers. The primary of each answers. */
export class NumberedDatabases {
  private readonly rows: readonly RowsOf[];

  /** @param databases in the order of their numbers */
  constructor(private readonly databases: readonly StatementsOf[]) {
    this.rows = databases.map(rowsOf);
  }

  get count(): number {
    return this.databases.length;
  }

  /** @param number from 1 */
  at(number: number): StatementsOf {
    return this.databases[number - 1]!;
  }

  /** Runs one statement in a database, and gives its rows. @throws UnavailableError, RefusedError: see retrying */
  async all<Row>(number: number, sql: string, ...values: SqlValue[]): Promise<Row[]> {
    return await this.rows[number - 1]!<Row>(sql, ...values);
  }

  /** Runs statements in a database as one transaction. @throws as `all` */
  async batch<Row>(number: number, statements: readonly BoundSQL[]): Promise<D1Result<Row>[]> {
    const session = this.at(number).withSession('first-primary');
    return await retrying(() =>
      session.batch<Row>(statements.map(([sql, ...values]) => session.prepare(sql).bind(...values))),
    );
  }
}
