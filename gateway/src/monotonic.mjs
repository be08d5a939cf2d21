/**
 * Milliseconds of a clock that nobody sets, for waiting times and deadlines: they must also end when the time of day is
 * corrected. Records on the disk have the time of day.
 */
export function monotonic() {
  return performance.now();
}
