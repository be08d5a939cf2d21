import type { MatchValue } from '../../archive/search/search-query';
import { all, type Fragment, fragment, sql, value } from '../statements/sql-fragment';

/** A date and the time that belongs to it, of one table. */
export interface DateAndTime {
  readonly date: string;
  readonly time: string;
  /** Column of the offset from UTC of both, minutes. */
  readonly offset: string;
}

/** Study Date and Study Time. */
export const STUDY_MOMENT: DateAndTime = {
  date: 'study.study_date',
  time: 'study.study_time',
  offset: 'study.timezone_offset',
};

/** Performed Procedure Step Start Date and Time, of a series. */
export const STEP_MOMENT: DateAndTime = {
  date: 'series.performed_procedure_step_start_date',
  time: 'series.performed_procedure_step_start_time',
  offset: 'series.timezone_offset',
};

type Range = MatchValue & { readonly kind: 'range' };

/**
 * Matching of a date and a time (PS3.4 C.2.2.2.5). Two ranges of the same form are one range of moments:
 * 20240101-20240103 and 10-12 mean from ten o'clock of the first day to twelve o'clock of the third. Otherwise date and
 * time are matched separately.
 * @param zone offset from UTC of the request, minutes; entities without an offset are compared as stored
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

/** Matching of a date or a time that does not belong to another. */
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

/**
 * A range, in stored dates of any time zone, that contains every date of this range: zones are up to 26 hours apart.
 */
export function widened(range: MatchValue): Range {
  const { from, to } = rangeOf(range) ?? { kind: 'range' };
  return {
    kind: 'range',
    ...(from !== undefined && { from: least(from, dayBeside(from, -2)) }),
    ...(to !== undefined && { to: most(to, dayBeside(to, 2)) }),
  };
}

/** A single date or time is a range of one. */
export function rangeOf(matched: MatchValue | undefined): Range | undefined {
  if (matched?.kind === 'single') return { kind: 'range', from: matched.value, to: matched.value };
  return matched?.kind === 'range' ? matched : undefined;
}

/** Whether both are ranges that are open at the same end or at none. */
export function areCombined(date: MatchValue | undefined, time: MatchValue | undefined): boolean {
  if (date?.kind !== 'range' || time?.kind !== 'range') return false;
  const alike =
    (date.from === undefined) === (time.from === undefined) && (date.to === undefined) === (time.to === undefined);
  return alike && !time.isOne;
}

function expression(column: string | Fragment): Fragment {
  return typeof column === 'string' ? fragment(column) : column;
}

/** Compares texts. Their order is the order of dates and, see shortestTime, of times. */
function rangeOn(held: Fragment, { from, to }: Range): Fragment {
  return all([
    // An empty text is not a date, although it sorts before all dates.
    sql`${held} >= ${value(from ?? '0')}`,
    // A text that continues the digits of the end is still within the unit that they name. A colon sorts after every
    // digit.
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

/** The shortest form of the same time: 10 for 100000.0. A stored 10, 1000 or 100000 then sorts at or after it. */
function shortestTime(time: string): string {
  const [whole = '', fraction = ''] = time.split('.');
  const rest = fraction.replace(/0+$/, '');
  return rest === '' ? whole.replace(/(?<=..)(00)+$/, '') : `${whole}.${rest}`;
}

/** The columns in another zone; as stored when the time or the offset is not known, or when the day does not exist. */
function inZone({ date, time, offset }: DateAndTime, zone: number): { date: Fragment; time: Fragment } {
  const day = (text: string) => `substr(${text}, 1, 4) || '-' || substr(${text}, 5, 2) || '-' || substr(${text}, 7, 2)`;
  const clock = `substr(${time}, 1, 2) || ':' || substr(substr(${time}, 3, 2) || '00', 1, 2)`;
  const shifted = (format: string, days: string): Fragment =>
    sql`strftime('${format}', ${days} || ' ' || ${clock}, (${value(zone)} - ${offset}) || ' minutes')`;
  return {
    date: sql`coalesce(${shifted('%Y%m%d', day(date))}, ${date})`,
    // Seconds and their fractions are the same in every zone.
    time: sql`coalesce(${shifted('%H%M', `coalesce(${day(date)}, '2000-01-01')`)} || substr(${time}, 5), ${time})`,
  };
}

function dayBeside(date: string, days: number): string {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)].map(Number);
  const beside = new Date(0);
  beside.setUTCFullYear(year ?? 0, (month ?? 1) - 1, (day ?? 1) + days);
  const text = beside.toISOString();
  // There are no dates before the year 0 or after 9999.
  return text.length > 24 ? date : text.slice(0, 10).replaceAll('-', '');
}

function least(one: string, other: string): string {
  return one < other ? one : other;
}

function most(one: string, other: string): string {
  return one > other ? one : other;
}
