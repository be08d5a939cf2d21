import type { SegmentRow } from '../rows';

/** A segment moves up a tier when it holds so many times the instances. */
const FACTOR = 8;

/**
 * The metadata segments of a series that a run of the compactor should merge.
 *
 * While instances arrive, segments are merged by tiers: a segment of tier n holds 8^n instances or more, and segments are
 * merged only when together they reach a higher tier than any of them. So each instance is merged once a tier, which is
 * O(log n) times in all, and at most seven segments of a tier are left. When the series has come to rest, everything
 * is merged into one segment, and what is one segment already loses the entries that no longer count.
 *
 * @param segments in use, in the order written
 * @param atRest see `restAt`
 */
export function segmentsToMerge(segments: readonly SegmentRow[], atRest: boolean): readonly SegmentRow[] {
  if (atRest) return segments.length > 1 || segments.some(isDirty) ? segments : [];
  const live = segments.reduce((sum, { liveCount }) => sum + liveCount, 0);
  let size = FACTOR;
  while (size * FACTOR <= live) size *= FACTOR;
  for (; size >= FACTOR; size /= FACTOR) {
    const smaller = segments.filter(({ liveCount }) => liveCount < size);
    if (smaller.length > 1 && smaller.reduce((sum, { liveCount }) => sum + liveCount, 0) >= size) return smaller;
  }
  // To write a segment anew costs less than what has been deleted of it cost.
  return segments.filter(({ entryCount, liveCount }) => entryCount >= 2 * liveCount);
}

function isDirty({ entryCount, liveCount }: SegmentRow): boolean {
  return entryCount > liveCount;
}

/** How long a series has to be left alone before it counts as at rest, milliseconds. */
const REST_MS = 60 * 1000;

/**
 * From when on a series counts as at rest: when nothing has been stored to it for a minute, or for a quarter of the time
 * over which it grew. So a series that grows by an instance an hour is not merged as a whole each hour.
 * @param times of its first and its last store, milliseconds since 1970
 */
export function restAt({ createdAt, updatedAt }: SeriesTimes): number {
  return updatedAt + Math.max(REST_MS, (updatedAt - createdAt) / 4);
}

export interface SeriesTimes {
  readonly createdAt: number;
  readonly updatedAt: number;
}
