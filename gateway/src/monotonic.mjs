/**
 * Milliseconds of a clock that nobody sets: for waiting times and deadlines, which have to end when the time of day is corrected. What
 * is kept on the disk has the time of day.
 */
export function monotonic() {
  return performance.now();
}
