const DAY_MS = 86_400_000;

/**
 * Moves the date of a DA or DT value to the past; the time of a DT value stays (PS3.15 E.3.6).
 * @param days whole days
 * @returns undefined when the value does not begin with a whole date: part of a date cannot be moved by days
 */
export function shiftedDate(value: string, days: number): string | undefined {
  const [, year, month, day, rest = ''] =
    /^(\d{4})(\d{2})(\d{2})((?:\d{2}){0,3}(?:\.\d{1,6})?(?:[+-]\d{4})?)$/.exec(value.trim()) ?? [];
  if (year === undefined || Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) {
    return undefined;
  }
  const moved = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)) - days * DAY_MS);
  const digits = moved.toISOString().slice(0, 10).replaceAll('-', '');
  return Number(year) >= 1000 ? digits + rest : undefined;
}
