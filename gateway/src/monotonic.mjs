/**
 * Milliseconds of a clock that is never set. For waiting times and deadlines, which must also end when the time of day
 * is corrected. Records on the disk have the time of day.
 */
export function monotonic() {
  return performance.now();
}
