import type { SegmentRow } from '../rows';

/** A segment belongs to the next tier when it holds this many times the instances. */
const FACTOR = 8;

/**
 * A segment with at least this number of entries is merged as a whole: its row says where its entries are, and the rows of
 * its instances stay as they are. Instances of smaller segments are moved one by one, so that not every instance has a row
 * for its segment.
 */
export const PART_ENTRIES = FACTOR;

/**
 * The metadata segments of a series that a run of the compactor should merge.
 *
 * While instances arrive, segments are merged by tiers: a segment of tier n holds at least 8^n instances, and segments
 * are merged only when together they reach a higher tier than each of them. So each instance is merged once for each
 * tier, which is O(log n) times in all, and at most seven segments of a tier remain. When the series is at rest, all
 * segments are merged into one, and a single segment is rewritten without the entries that no longer count.
 *
 * @param segments in use, in the order in which they were written
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
  // A segment is rewritten when at least half of its entries have been deleted: this costs less than the deletions did.
  return segments.filter(({ entryCount, liveCount }) => entryCount >= 2 * liveCount);
}

function isDirty({ entryCount, liveCount }: SegmentRow): boolean {
  return entryCount > liveCount;
}

/** A series counts as at rest when it has not changed for at least this time, milliseconds. */
const REST_MS = 60 * 1000;

/**
 * The time from which a series counts as at rest: when no instance has been stored to it for a minute, or for a quarter
 * of the time over which it grew, whichever is longer. So a series that grows by one instance an hour is not merged as
 * a whole each hour.
 * @param times of its first and its last store, milliseconds since 1970
 */
export function restAt({ createdAt, updatedAt }: SeriesTimes): number {
  return updatedAt + Math.max(REST_MS, (updatedAt - createdAt) / 4);
}

/** Times of the first and the last store to a series, milliseconds since 1970. */
export interface SeriesTimes {
  readonly createdAt: number;
  readonly updatedAt: number;
}
