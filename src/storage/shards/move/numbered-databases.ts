import type { StatementsOf } from '../../statements/d1-client';
import { type RowsOf, rowsOf } from '../../statements/rows-of';
import type { SqlValue } from '../../statements/sql-fragment';
import { type BoundSQL, type TransactionOf, transactionOf } from '../../statements/transaction-of';

/** The databases of an archive by their numbers. The primary of each answers. */
export class NumberedDatabases {
  private readonly rows: readonly RowsOf[];
  private readonly transactions: readonly TransactionOf[];

  /** @param databases in the order of their numbers */
  constructor(private readonly databases: readonly StatementsOf[]) {
    this.rows = databases.map(rowsOf);
    this.transactions = databases.map(transactionOf);
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

  /** Runs statements in a database as one transaction, and gives the rows of each. @throws as `all` */
  async transaction<Row>(number: number, statements: readonly BoundSQL[]): Promise<Row[][]> {
    return await this.transactions[number - 1]!<Row>(statements);
  }
}
