/*
 * Rows of several databases in one order: the rows of the first database, then those of the second, and so on. Each
 * database has 2^40 numbers: its row numbers are far smaller.
 */

const ROWS = 2 ** 40;

/** A row, and the number of its database, from 1. */
export interface NumberedRow {
  readonly number: number;
  readonly row: number;
}

/** The number of a row among those of all databases. */
export function rowAmongAll({ number, row }: NumberedRow): number {
  return (number - 1) * ROWS + row;
}

/** The row that has this number among those of all databases. */
export function rowOf(among: number): NumberedRow {
  return { number: Math.floor(among / ROWS) + 1, row: among % ROWS };
}
