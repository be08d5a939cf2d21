import type { MatchValue } from '../../archive/search/search-query';
import { all, type Fragment, fragment, sql, value } from '../sql-fragment';

/** A date and the time that goes with it, of one table. */
export interface DateAndTime {
  readonly date: string;
  readonly time: string;
  /** Column of the offset from UTC that both are in, minutes. */
  readonly offset: string;
}

export const STUDY_MOMENT: DateAndTime = {
  date: 'study.study_date',
  time: 'study.study_time',
  offset: 'study.timezone_offset',
};

export const STEP_MOMENT: DateAndTime = {
  date: 'series.performed_procedure_step_start_date',
  time: 'series.performed_procedure_step_start_time',
  offset: 'series.timezone_offset',
};

type Range = MatchValue & { readonly kind: 'range' };

/**
 * Matching of a date and a time (PS3.4 C.2.2.2.5). Two ranges of one form are one range of moments: with 20240101-20240103
 * and 10-12, from ten o'clock of the first to twelve of the third. Else each is matched by itself.
 * @param zone offset from UTC that the request is in, minutes; entities that have none are compared as stored
 */
export function momentSQL(
  columns: DateAndTime,
  date: MatchValue | undefined,
  time: MatchValue | undefined,
  zone: number | undefined,
): Fragment[] {
  const asked = zone === undefined ? columns : inZone(columns, zone);
  const held = { date: expression(asked.date), time: expression(asked.time) };
  const conditions: Fragment[] = [];
  const days = rangeOf(date);
  if (days !== undefined) conditions.push(rangeSQL(columns.date, zone === undefined ? days : widened(days)));
  if (date?.kind === 'empty') conditions.push(fragment(`${columns.date} IS NULL`));
  if (time?.kind === 'empty') conditions.push(fragment(`${columns.time} IS NULL`));
  const hours = rangeOf(time);
  if (days !== undefined && hours !== undefined && areCombined(date, time)) {
    conditions.push(combined(held, days, hours));
  } else {
    if (days !== undefined && zone !== undefined) conditions.push(rangeOn(held.date, days));
    if (hours !== undefined) conditions.push(rangeOn(held.time, withShortTimes(hours)));
  }
  return conditions;
}

/** Matching of a date or a time that goes with no other. */
export function rangeSQL(column: string, range: MatchValue): Fragment {
  if (range.kind === 'empty') return fragment(`${column} IS NULL`);
  const ends = rangeOf(range);
  if (ends === undefined) throw new TypeError(`a date or time cannot be matched by ${range.kind}`);
  return rangeOn(expression(column), ends);
}

/** The terms within a range of dates or times. */
export function rangeTerm(range: MatchValue, matching: 'date' | 'time'): Fragment | undefined {
  const ends = rangeOf(range);
  return ends && rangeOn(fragment('term'), matching === 'time' ? withShortTimes(ends) : ends);
}

/** A range that holds every date, as stored in whatever zone, that the range holds in another: zones are up to 26 hours apart. */
export function widened(range: MatchValue): Range {
  const { from, to } = rangeOf(range) ?? { kind: 'range' };
  return {
    kind: 'range',
    ...(from !== undefined && { from: least(from, dayBeside(from, -2)) }),
    ...(to !== undefined && { to: most(to, dayBeside(to, 2)) }),
  };
}

/** A single date or time is a range of itself. */
export function rangeOf(matched: MatchValue | undefined): Range | undefined {
  if (matched?.kind === 'single') return { kind: 'range', from: matched.value, to: matched.value };
  return matched?.kind === 'range' ? matched : undefined;
}

/** Both are ranges, and open at the same end, if at one. */
export function areCombined(date: MatchValue | undefined, time: MatchValue | undefined): boolean {
  if (date?.kind !== 'range' || time?.kind !== 'range') return false;
  const single = time.from !== undefined && time.from === time.to;
  const alike =
    (date.from === undefined) === (time.from === undefined) && (date.to === undefined) === (time.to === undefined);
  return alike && !single;
}

function expression(column: string | Fragment): Fragment {
  return typeof column === 'string' ? fragment(column) : column;
}

/** By the order of texts, which is that of dates and, see shortestTime, of times. */
function rangeOn(held: Fragment, { from, to }: Range): Fragment {
  return all([
    // An empty text is no date, though it comes before all.
    sql`${held} >= ${value(from ?? '0')}`,
    // Whatever goes on after the end's digits is still within the unit they name; a colon sorts after every digit.
    ...(to === undefined ? [] : [sql`${held} < ${value(`${to}:`)}`]),
  ]);
}

function combined(held: { date: Fragment; time: Fragment }, days: Range, hours: Range): Fragment {
  const { from, to } = withShortTimes(hours);
  const conditions: Fragment[] = [];
  if (days.from !== undefined && from !== undefined) {
    conditions.push(
      sql`${held.date} > ${value(days.from)} OR (${held.date} = ${value(days.from)} AND ${held.time} >= ${value(from)})`,
    );
  }
  if (days.to !== undefined && to !== undefined) {
    conditions.push(
      sql`${held.date} < ${value(days.to)} OR (${held.date} = ${value(days.to)} AND ${held.time} < ${value(`${to}:`)})`,
    );
  }
  return all(conditions);
}

function withShortTimes(range: Range): Range {
  return range.from === undefined ? { ...range, from: '00' } : { ...range, from: shortestTime(range.from) };
}

/**
 * The same time with nothing that could be left out: 10 for 100000.0, so that a stored 10, 1000 or 100000 all come at or
 * after it in the order of texts.
 */
function shortestTime(time: string): string {
  const [whole = '', fraction = ''] = time.split('.');
  const rest = fraction.replace(/0+$/, '');
  return rest === '' ? whole.replace(/(?<=..)(00)+$/, '') : `${whole}.${rest}`;
}

/** The columns as they are in another zone; as stored where the time, the offset or a day that exists is not known. */
function inZone({ date, time, offset }: DateAndTime, zone: number): { date: Fragment; time: Fragment } {
  const day = (text: string) => `substr(${text}, 1, 4) || '-' || substr(${text}, 5, 2) || '-' || substr(${text}, 7, 2)`;
  const clock = `substr(${time}, 1, 2) || ':' || substr(substr(${time}, 3, 2) || '00', 1, 2)`;
  const shifted = (format: string, days: string): Fragment =>
    sql`strftime('${format}', ${days} || ' ' || ${clock}, (${value(zone)} - ${offset}) || ' minutes')`;
  return {
    date: sql`coalesce(${shifted('%Y%m%d', day(date))}, ${date})`,
    // Seconds, and what is less, are the same everywhere.
    time: sql`coalesce(${shifted('%H%M', `coalesce(${day(date)}, '2000-01-01')`)} || substr(${time}, 5), ${time})`,
  };
}

function dayBeside(date: string, days: number): string {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)].map(Number);
  const beside = new Date(0);
  beside.setUTCFullYear(year ?? 0, (month ?? 1) - 1, (day ?? 1) + days);
  const text = beside.toISOString();
  // Before the year 0 and after 9999 there is nothing to be found.
  return text.length > 24 ? date : text.slice(0, 10).replaceAll('-', '');
}

function least(one: string, other: string): string {
  return one < other ? one : other;
}

function most(one: string, other: string): string {
  return one > other ? one : other;
}
