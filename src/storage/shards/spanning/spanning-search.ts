import type { RowMark, SearchPage } from '../../../archive/ports';
import type { SearchRow } from '../../../archive/rows';
import { TAG } from '../../../archive/search/search-keys';
import type { SearchQuery } from '../../../archive/search/search-query';
import type { DatabaseQuery, RankedRow } from '../../index/database-index';
import { RANKS, rankedKey } from '../../search/fuzzy-sql';
import { studyDates } from '../../search/search-drivers';
import { isByDate, keysOf } from '../../search/search-order';
import { forEach } from '../at-once';
import type { Overview } from '../directory';
import type { DatesOfDatabase } from '../directory-sql';
import { marksOf, marksText } from '../marks';
import { type MergedRow, merged } from '../merge';
import { rowAmongAll, rowOf } from '../row-numbers';
import type { Span } from '../span';

/*
 * A search of several databases. Each answers with its first matches, and these are merged. Most lists are by date, and studies
 * are placed by the time of their arrival, so the newest database is asked first, and the others only as long as they may have
 * studies of dates that the page shows. A study that moves has rows in two databases, of which one leaves it out.
 */

/**
 * Matches up to which each database answers with whole rows. Beyond it, it answers with keys, and the page's rows are
 * read after.
 */
const WHOLE_ROWS = 300;

type Dates = ReadonlyMap<number, DatesOfDatabase>;

/** The page of a search. */
export async function searchPage(span: Span, query: SearchQuery): Promise<SearchPage> {
  const numbers = await databasesOf(span, query);
  const marks = marksOf(query.newestRow, span.databases.length);
  const only = numbers.length === 1 ? numbers[0] : undefined;
  if (only !== undefined) {
    const page = await span.at(only).index.search(ofOne(query, marks.get(only)));
    return { rows: page.rows, newestRow: markOf(span, query, new Map([[only, page.newestRow]])) };
  }
  const withRows = query.offset + query.limit <= WHOLE_ROWS;
  const { rows, newestRow } = await firstMatches(span, query, numbers, withRows);
  const page = rows.slice(query.offset);
  return { rows: withRows ? page.flatMap(({ row }) => row ?? []) : await wholeRows(span, query, page), newestRow };
}

/** The numbers of the matching rows among those of all databases, in the order of the page. */
export async function matchingRows(span: Span, query: SearchQuery): Promise<readonly number[]> {
  const numbers = await databasesOf(span, query);
  const only = numbers.length === 1 ? numbers[0] : undefined;
  if (only !== undefined) {
    const newestRow = marksOf(query.newestRow, span.databases.length).get(only);
    const rows = await span.at(only).index.matchingRows(ofOne(query, newestRow));
    return rows.map((row) => rowAmongAll({ number: only, row }));
  }
  const { rows } = await firstMatches(span, query, numbers, false);
  return rows.slice(query.offset).map(({ number, id }) => rowAmongAll({ number, row: id }));
}

/** The content of rows, by their numbers among those of all databases. */
export async function rowsOf(
  span: Span,
  query: Pick<SearchQuery, 'level' | 'attributesOf'>,
  ids: readonly number[],
): Promise<readonly SearchRow[]> {
  await span.ready();
  const rows = ids.map(rowOf).map(({ number, row }) => ({ number, id: row, keys: [] }));
  return await wholeRows(span, query, rows);
}

/** The number of all matches. */
export async function countMatches(span: Span, query: SearchQuery): Promise<number> {
  const numbers = await databasesOf(span, query);
  const marks = marksOf(query.newestRow, span.databases.length);
  const only = numbers.length === 1 ? numbers[0] : undefined;
  if (only !== undefined) return await span.at(only).index.count(ofOne(query, marks.get(only)));
  const overview = await span.directory.overview();
  const counts = await forEach(
    numbers
      .filter(hasDatesOf(query, overview.dates))
      .filter((number) => mayHaveOlder(marks.get(number), number, overview)),
    (number) => span.at(number).index.count(ofSeveral(query, marks.get(number), number, overview)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** A search of the database in which all studies of the search are. */
function ofOne(query: SearchQuery, newestRow: RowMark | undefined): DatabaseQuery {
  return { ...query, newestRow, movedIn: newestRow !== undefined };
}

/** A search of one of several databases. */
function ofSeveral(
  query: SearchQuery,
  newestRow: RowMark | undefined,
  number: number,
  overview: Overview,
): DatabaseQuery {
  const notCounted = overview.notCounted.get(number);
  const movedIn = newestRow !== undefined && overview.movedIn.has(number);
  return { ...query, newestRow, ...(notCounted && { notCounted }), ...(movedIn && { movedIn }) };
}

/** Whether a database may have had matches, wherever they were, at the first page. */
function mayHaveOlder(mark: RowMark | undefined, number: number, { movedIn }: Overview): boolean {
  return mark !== 0 || movedIn.has(number);
}

/** The databases that can have matches, the newest first. */
async function databasesOf(span: Span, query: SearchQuery): Promise<readonly number[]> {
  await span.ready();
  const studies = studiesNamed(query);
  if (studies === undefined) return span.numbers;
  const places = new Set((await span.directory.find(studies)).values());
  // A database says that there is no such study.
  return places.size === 0 ? [1] : [...places].sort((one, other) => other - one);
}

/** @returns undefined when the search does not name its studies */
function studiesNamed({ studyInstanceUID, matches }: SearchQuery): readonly string[] | undefined {
  if (studyInstanceUID !== undefined) return [studyInstanceUID];
  const value = matches.find(({ key }) => key.path === TAG.studyInstanceUID)?.value;
  if (value?.kind === 'single') return [value.value];
  return value?.kind === 'list' ? value.values : undefined;
}

/** All matches up to the end of the page. */
async function firstMatches(
  span: Span,
  query: SearchQuery,
  numbers: readonly number[],
  withRows: boolean,
): Promise<{ rows: MergedRow[]; newestRow: RowMark }> {
  const count = query.offset + query.limit;
  const keys = keysOf(query);
  const before = marksOf(query.newestRow, span.databases.length);
  const marks = new Map<number, RowMark>();
  const found = new Map<number, readonly RankedRow[]>();
  const ask = async (number: number, overview: Overview = NOTHING_MOVES, ranks: number = RANKS.length) => {
    const newestRow = before.get(number);
    // It has been added since the first page, or had no match then.
    if (!mayHaveOlder(newestRow, number, overview)) return;
    const asked = ofSeveral(query, newestRow, number, overview);
    const first = { ...asked, offset: 0, limit: count, ...(ranks < RANKS.length && { ranks }) };
    const page = await span.at(number).index.ranked(first, withRows);
    found.set(number, page.rows);
    marks.set(number, page.newestRow);
  };
  const [newest = 1, ...others] = numbers;
  const [overview] = await Promise.all([span.directory.overview(), ask(newest)]);
  const { dates, notCounted, movedIn } = overview;
  if (notCounted.has(newest) || (before.has(newest) && movedIn.has(newest))) await ask(newest, overview);
  const mayMatch = others.filter(hasDatesOf(query, dates));
  // What is stored there later does not belong to these pages.
  for (const number of others) if (!mayMatch.includes(number)) marks.set(number, before.get(number) ?? 0);
  const byDate = isByDate(query);
  let waiting = byDate ? mayMatch.toSorted((one, other) => compareNewest(dates, one, other)) : mayMatch;
  for (let together = byDate ? 1 : waiting.length; waiting.length > 0; together *= 2) {
    const ranks = byDate ? ranksOf(query, merged(found, keys, count), dates) : undefined;
    waiting = waiting.filter((number) => ranks?.(number) !== 0);
    await forEach(waiting.slice(0, together), (number) => ask(number, overview, ranks?.(number)));
    waiting = waiting.slice(together);
  }
  return { rows: merged(found, keys, count), newestRow: markOf(span, query, marks) };
}

const NOTHING_MOVES: Overview = { dates: new Map(), notCounted: new Map(), movedIn: new Set() };

/**
 * How many ranks of similar names, the most similar first, may have matches in a database that come before the last row of the
 * page: 0 when the database has none.
 */
function ranksOf(query: SearchQuery, rows: readonly MergedRow[], dates: Dates): (number: number) => number {
  const isRanked = rankedKey(query) !== undefined && query.orderBy.length === 0;
  const count = query.offset + query.limit;
  const keys = count === 0 ? [] : rows[count - 1]?.keys;
  return (number) => {
    if (keys === undefined) return RANKS.length;
    const [rank, date] = isRanked ? [Number(keys[0] ?? 0), keys[1]] : [0, keys[0]];
    const newest = dates.get(number)?.newest;
    if (count === 0 || (newest !== undefined && typeof date === 'string' && date > newest)) return rank;
    return isRanked ? rank + 1 : RANKS.length;
  };
}

/** Whether a database may have studies of the dates that the search asks for. */
function hasDatesOf(query: SearchQuery, dates: Dates): (number: number) => boolean {
  const wanted = studyDates(query);
  return (number) => {
    const of = dates.get(number);
    if (wanted === undefined || of === undefined) return true;
    const { from, to } = wanted;
    // A text that continues the digits of the end is within it.
    return (from === undefined || of.newest >= from) && (to === undefined || of.oldest < `${to}:`);
  };
}

/** The database with the newest date first, and before it those whose dates are not known. */
function compareNewest(dates: Dates, one: number, other: number): number {
  const [first, second] = [one, other].map((number) => dates.get(number)?.newest ?? ':');
  return first === second ? other - one : first! < second! ? 1 : -1;
}

async function wholeRows(
  span: Span,
  query: Pick<SearchQuery, 'level' | 'attributesOf'>,
  rows: readonly MergedRow[],
): Promise<readonly SearchRow[]> {
  const contents = new Map<number, ReadonlyMap<number, SearchRow>>();
  await forEach([...Map.groupBy(rows, ({ number }) => number)], async ([number, of]) => {
    const ids = of.map(({ id }) => id);
    contents.set(number, await span.at(number).index.rowsByID(query, ids));
  });
  return rows.flatMap(({ number, id }) => contents.get(number)?.get(id) ?? []);
}

/** The mark of later pages: those of the search, and those of the databases to which it has come. */
function markOf(span: Span, query: SearchQuery, marks: ReadonlyMap<number, RowMark>): RowMark {
  const count = span.databases.length;
  const all = marksOf(query.newestRow, count);
  for (const [number, mark] of marks) if (!all.has(number)) all.set(number, Number(mark));
  return marksText(all, count);
}
