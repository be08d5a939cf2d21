import type { MatchValue } from '../../../src/archive/search/search-query';

/** A value as the index holds it. */
export type Held = string | number | null;

/** A date (YYYYMMDD), the time that goes with it (TM), and the offset from UTC of both in minutes. */
interface Moment {
  date: Held;
  time: Held;
  offset: Held;
}

/** Matches a date and a time by PS3.4 C.2.2.2.5, in the zone of the request. */
export function momentMatches(
  stored: Moment,
  date: MatchValue | undefined,
  time: MatchValue | undefined,
  zone: number | undefined,
): boolean {
  if (date?.kind === 'empty' && stored.date !== null) return false;
  if (time?.kind === 'empty' && stored.time !== null) return false;
  const held = zone === undefined ? stored : inZone(stored, zone);
  const days = rangeOf(date);
  const hours = rangeOf(time);
  if (date?.kind === 'range' && time?.kind === 'range' && !time.isOne && days && hours) {
    const alike = ['from', 'to'].every((end) => end in days === end in hours);
    if (alike) return isBetween(held, days, hours);
  }
  return (days === undefined || dateWithin(held.date, days)) && (hours === undefined || timeWithin(held.time, hours));
}

interface Range {
  from?: string;
  to?: string;
}

function rangeOf(value: MatchValue | undefined): Range | undefined {
  if (value?.kind === 'single') return { from: value.value, to: value.value };
  return value?.kind === 'range' ? value : undefined;
}

function isBetween({ date, time }: Moment, days: Range, hours: Range): boolean {
  if (date === null) return false;
  const after =
    days.from === undefined || date > days.from || (date === days.from && timeWithin(time, { from: hours.from! }));
  return (
    after && (days.to === undefined || date < days.to || (date === days.to && timeWithin(time, { to: hours.to! })))
  );
}

function dateWithin(date: Held, { from, to }: Range): boolean {
  return date !== null && (from === undefined || date >= from) && (to === undefined || date <= to);
}

/** Times as microseconds of the day; an end stands for the whole of the unit that it names. */
function timeWithin(time: Held, { from, to }: Range): boolean {
  if (time === null) return false;
  const [first] = microseconds(String(time));
  if (from !== undefined && first < microseconds(from)[0]) return false;
  return to === undefined || first <= microseconds(to)[1];
}

function microseconds(time: string): [first: number, last: number] {
  const at = (text: string): number => {
    const [whole = '', fraction = ''] = text.split('.');
    const [hours, minutes, seconds] = [whole.slice(0, 2), whole.slice(2, 4), whole.slice(4, 6)].map(Number);
    return ((hours! * 60 + minutes!) * 60 + seconds!) * 1e6 + Number(fraction.padEnd(6, '0'));
  };
  const unit = time.includes('.')
    ? 10 ** (6 - time.split('.')[1]!.length)
    : { 2: 3600e6, 4: 60e6, 6: 1e6 }[time.length]!;
  return [at(time), at(time) + unit - 1];
}

/** Compared as stored if the offset or the time is not known, or the day does not exist. */
function inZone(stored: Moment, zone: number): Moment {
  const { date, time, offset } = stored;
  if (offset === null || time === null) return stored;
  const day = String(date ?? '20000101');
  const clock = String(time);
  const [year, month, dayOfMonth] = [day.slice(0, 4), day.slice(4, 6), day.slice(6)].map(Number);
  if (dayOfMonth === 0) return stored;
  const minutes = Number(clock.slice(0, 2)) * 60 + Number(clock.slice(2, 4) || '0') + zone - Number(offset);
  const shifted = new Date(Date.UTC(year!, month! - 1, dayOfMonth!, 0, minutes)).toISOString();
  return {
    date: date === null ? null : shifted.slice(0, 10).replaceAll('-', ''),
    time: shifted.slice(11, 16).replace(':', '') + clock.slice(4),
    offset,
  };
}
