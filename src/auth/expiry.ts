const DAY_MS = 24 * 60 * 60 * 1000;

const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_AND_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Reads when something ends: a date, whose whole day (UTC) still counts, or a date and time (ISO 8601).
 * @returns milliseconds since 1970; NaN for anything else
 */
export function endTimeOf(value: unknown): number {
  const text = typeof value === 'string' ? value : '';
  if (DATE.test(text)) return Date.parse(text) + DAY_MS;
  return DATE_AND_TIME.test(text) ? Date.parse(text) : Number.NaN;
}
