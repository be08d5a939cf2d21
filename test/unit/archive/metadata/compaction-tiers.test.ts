import { describe, expect, it } from 'vitest';
import { restAt, segmentsToMerge } from '../../../../src/archive/metadata/compaction-tiers';
import type { SegmentRow } from '../../../../src/archive/rows';

let names = 0;
function segment(entryCount: number, liveCount = entryCount): SegmentRow {
  names += 1;
  return {
    studyInstanceUID: '1.2',
    seriesInstanceUID: '1.2.1',
    name: `segment-${names}`,
    byteLength: entryCount * 500,
    entryCount,
    liveCount,
    content: null,
  };
}

/** Stores this many instances one by one, with a run of the compactor after every `each`. */
function stored(count: number, each = 1) {
  let segments: SegmentRow[] = [];
  let moved = 0;
  let most = 0;
  for (let n = 1; n <= count; n += 1) {
    segments.push(segment(1));
    if (n % each !== 0) continue;
    const merged = segmentsToMerge(segments, false);
    if (merged.length > 0) {
      const entries = merged.reduce((sum, { liveCount }) => sum + liveCount, 0);
      moved += entries;
      segments = [...segments.filter((one) => !merged.includes(one)), segment(entries)];
    }
    most = Math.max(most, segments.length);
  }
  return { moved, most, segments };
}

describe('segments that a run merges while instances arrive', () => {
  it.each([
    [1000, 1],
    [1000, 5],
    [10_000, 1],
    [10_000, 37],
  ])('%i instances, a run after every %i: each is moved at most once a tier of eight', (count, each) => {
    const tiers = Math.floor(Math.log(count) / Math.log(8));
    const { moved, most } = stored(count, each);
    expect(moved).toBeLessThanOrEqual(count * tiers);
    expect(most).toBeLessThanOrEqual(7 * (tiers + 1));
  });

  it('are none when no segment would reach a higher tier', () => {
    expect(segmentsToMerge([segment(64), segment(1), segment(6)], false)).toEqual([]);
    expect(segmentsToMerge([segment(500)], false)).toEqual([]);
    expect(segmentsToMerge([], false)).toEqual([]);
  });

  it('are all that belong to a lower tier than the merged one', () => {
    const [large, middle, ...small] = [segment(700), segment(63), ...Array.from({ length: 8 }, () => segment(1))];
    expect(segmentsToMerge([large!, middle!, ...small], false)).toEqual([middle, ...small]);
  });

  it('are rewritten when half of their entries no longer count', () => {
    expect(segmentsToMerge([segment(100, 51)], false)).toEqual([]);
    const half = segment(100, 50);
    expect(segmentsToMerge([half, segment(2)], false)).toEqual([half]);
  });
});

describe('a series at rest', () => {
  it('is merged as a whole, without entries that no longer count', () => {
    const two = [segment(64), segment(1)];
    expect(segmentsToMerge(two, true)).toEqual(two);
    const dirty = [segment(5, 4)];
    expect(segmentsToMerge(dirty, true)).toEqual(dirty);
    expect(segmentsToMerge([segment(5)], true)).toEqual([]);
  });

  it('has not changed for a minute, or for a quarter of the time over which it grew', () => {
    expect(restAt({ createdAt: 1000, updatedAt: 1000 })).toBe(61_000);
    expect(restAt({ createdAt: 0, updatedAt: 3_600_000 })).toBe(4_500_000);
  });
});
