import type { RankedRow } from '../index/database-index';
import type { OrderKey } from '../search/search-order';
import type { SqlValue } from '../statements/sql-fragment';

/** A match, and the number of its database. */
export interface MergedRow extends RankedRow {
  readonly number: number;
}

/**
 * The first of the matches of several databases, in one order. What is equal by the keys comes from the newer database first, as
 * the study that was stored last comes first within a database.
 * @param found the matches of each database, by its number, in their order
 * @param count how many are wanted
 */
export function merged(
  found: ReadonlyMap<number, readonly RankedRow[]>,
  keys: readonly OrderKey[],
  count: number,
): MergedRow[] {
  const lists = [...found].filter(([, rows]) => rows.length > 0).map(([number, rows]) => ({ number, rows, at: 0 }));
  const result: MergedRow[] = [];
  while (result.length < count) {
    let first: (typeof lists)[number] | undefined;
    for (const list of lists) {
      if (list.at === list.rows.length) continue;
      const order = first === undefined ? -1 : compare(list.rows[list.at]!, first.rows[first.at]!, keys);
      if (first === undefined || order < 0 || (order === 0 && list.number > first.number)) first = list;
    }
    if (first === undefined) break;
    result.push({ ...first.rows[first.at]!, number: first.number });
    first.at += 1;
  }
  return result;
}

function compare(one: RankedRow, other: RankedRow, keys: readonly OrderKey[]): number {
  for (const [at, { descending }] of keys.entries()) {
    const order = compareValues(one.keys[at] ?? null, other.keys[at] ?? null, descending);
    if (order !== 0) return order;
  }
  return 0;
}

/** Compares values as SQLite does, but with null last. Numbers come before texts. */
function compareValues(one: SqlValue, other: SqlValue, descending: boolean): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  const order = typeof one === 'number' ? compareNumber(one, other) : -compareText(other, one);
  return descending ? -order : order;
}

function compareNumber(one: number, other: string | number): number {
  return typeof other === 'string' ? -1 : one - other;
}

function compareText(one: string | number, other: string): number {
  if (typeof one === 'number') return -1;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    if (one[at] !== other[at]) return placeOf(one.charCodeAt(at)) - placeOf(other.charCodeAt(at));
  }
  return one.length - other.length;
}

/** SQLite compares UTF-8. A half of a surrogate pair, of a character beyond U+FFFF, comes after all other characters there. */
function placeOf(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit >= 0xe000 ? codeUnit - 0x800 : codeUnit + 0x2000;
}
