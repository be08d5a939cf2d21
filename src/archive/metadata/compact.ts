import type { SeriesIdentity } from '../identities';
import { BufferPool } from '../memory/buffer-pool';
import { HeldMemory } from '../memory/held-memory';
import { segmentKey } from '../object-keys';
import type { Archive } from '../ports';
import type { MetadataLocation, SegmentRow } from '../rows';
import { restAt, segmentsToMerge } from './compaction-tiers';
import { type CopiedEntries, copyEntries } from './copy-entries';
import { inflateMember, readMembers } from './metadata-read';
import { SegmentWriter } from './metadata-segment';

/** The limits of one run of the compactor. */
export interface CompactionLimits {
  readonly uploadPartBytes: number;
  /** Segments that one run merges: each is one R2 read. */
  readonly segmentsPerCompaction: number;
}

/** Readers that found the old segments in the index may still be reading them. */
export const GRACE_MS = 60 * 60 * 1000;

/** The result of a run of the compactor. */
export interface CompactionRun {
  /** Number of R2 reads. */
  readonly reads: number;
  /** Milliseconds until another run should look at the series; absent when its metadata is one segment. */
  readonly again?: number;
}

/**
 * Merges the metadata segments of a series, so that in the end its metadata is one read, however many requests stored
 * it. Leaves out entries that no longer count. compaction-tiers.ts says which segments to merge, and when. A run may
 * work beside Store requests and other compactors: it moves only entries that have not changed since they were read.
 * @throws ObjectMissing when a segment is lost: see remake.ts
 */
export async function compactSeries(
  archive: Archive,
  series: SeriesIdentity,
  limits: CompactionLimits,
  now: number,
): Promise<CompactionRun> {
  const [all, times] = await Promise.all([archive.index.segments(series), archive.index.seriesTimes(series)]);
  if (times === undefined) return { reads: 0 };
  const rest = restAt(times);
  const segments = segmentsToMerge(all, now >= rest).slice(0, limits.segmentsPerCompaction);
  if (segments.length === 0) return all.length > 1 ? { reads: 0, again: rest - now } : { reads: 0 };
  await merge(archive, series, segments, limits, now);
  // Requests that stored to the series meanwhile requested no run, because this run looks for their segments.
  const left = await archive.index.segments(series);
  const reads = segments.length;
  if (left.length < 2) return { reads };
  return { reads, again: segmentsToMerge(left, now >= rest).length > 0 ? 0 : Math.max(0, rest - now) };
}

async function merge(
  archive: Archive,
  series: SeriesIdentity,
  segments: readonly SegmentRow[],
  limits: CompactionLimits,
  now: number,
): Promise<void> {
  const names = segments.map(({ name }) => name);
  const contents = await archive.index.segmentContents(series, names);
  const writer = new SegmentWriter(series, archive.objects, limits.uploadPartBytes, new HeldMemory(), new BufferPool());
  const copied: CopiedEntries[] = [];
  try {
    for (const [at, segment] of segments.entries()) {
      copied.push(await copyEntries(archive.objects, segment, contents[at]!, writer));
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const to = await writer.finish();
  await archive.index.replaceSegments({
    studyInstanceUID: series.studyInstanceUID,
    seriesInstanceUID: series.seriesInstanceUID,
    from: names,
    to,
    parts: copied.flatMap(({ parts }) => parts.map((place) => place())),
    locations: copied.flatMap(({ locations }) => locations.map((place) => place())),
    dueAt: now + GRACE_MS,
  });
}

/**
 * The instances of one metadata segment at the given locations.
 * @throws ObjectMissing
 */
export async function* entriesOf(
  archive: Archive,
  segment: Pick<SegmentRow, keyof SeriesIdentity | 'name' | 'content'>,
  locations: readonly MetadataLocation[],
): AsyncGenerator<{ location: MetadataLocation; text: Uint8Array }> {
  const byMember = Map.groupBy(locations, ({ offset }) => offset);
  const key = segmentKey(segment, segment.name);
  for await (const { offset, member } of readMembers(archive.objects, { key, content: segment.content })) {
    const wanted = byMember.get(offset);
    if (wanted === undefined) continue;
    const text = await inflateMember(member);
    for (const location of wanted) yield { location, text: text.subarray(location.start, location.end) };
  }
}
