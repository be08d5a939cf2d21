import { Budget } from './budget';
import { BufferPool } from './buffer-pool';
import { inflateMember, readMembers } from './metadata-read';
import { SegmentWriter } from './metadata-segment';
import { segmentKey } from './object-keys';
import type { Archive, SeriesIdentity } from './ports';
import type { MetadataLocation } from './rows';

export interface CompactionLimits {
  readonly uploadPartBytes: number;
  /** Segments merged by one run: each is an R2 read. */
  readonly segmentsPerCompaction: number;
}

/** Readers that found the old segments in the index may still be reading them. */
const GRACE_MS = 60 * 60 * 1000;

/**
 * Merges the metadata segments of a series into one object, so that its metadata is one read however many requests it
 * came by, and leaves out entries that no longer count. Runs beside stores and other compactors: only what is still as
 * it was read is moved.
 * @returns R2 reads made, and whether there are segments now that another run should merge
 */
export async function compactSeries(
  archive: Archive,
  series: SeriesIdentity,
  limits: CompactionLimits,
  now: number,
): Promise<{ reads: number; unfinished: boolean }> {
  const all = await archive.index.segments(series);
  const segments = all.slice(0, limits.segmentsPerCompaction);
  const clean = segments.every(({ entryCount, liveCount }) => entryCount === liveCount);
  if (segments.length === 0 || (segments.length === 1 && clean)) return { reads: 0, unfinished: false };
  const bySegment = Map.groupBy(await archive.index.metadataLocations(series), ({ segment }) => segment);
  const writer = new SegmentWriter(series, archive.objects, limits.uploadPartBytes, new Budget(), new BufferPool());
  const moved = [];
  for (const { name } of segments) {
    for await (const { location, text } of entriesOf(archive, series, name, bySegment.get(name) ?? [])) {
      const { sopInstanceUID, version } = location;
      moved.push({ sopInstanceUID, version, from: name, to: await writer.add(text) });
    }
  }
  const to = await writer.finish();
  await archive.index.replaceSegments({
    studyInstanceUID: series.studyInstanceUID,
    seriesInstanceUID: series.seriesInstanceUID,
    from: segments.map(({ name }) => name),
    to,
    locations: moved.map(({ sopInstanceUID, version, from, to }) => ({ ...to, sopInstanceUID, version, from })),
    dueAt: now + GRACE_MS,
  });
  // What was stored meanwhile asked for nothing, trusting that this run would see it.
  const left = await archive.index.segments(series);
  return { reads: segments.length, unfinished: left.length > 1 };
}

/** Instances of one metadata segment, as their locations say. @throws ObjectMissing */
export async function* entriesOf(
  archive: Archive,
  series: SeriesIdentity,
  name: string,
  locations: readonly MetadataLocation[],
): AsyncGenerator<{ location: MetadataLocation; text: Uint8Array }> {
  const byMember = Map.groupBy(locations, ({ offset }) => offset);
  for await (const { offset, member } of readMembers(archive.objects, segmentKey(series, name))) {
    const wanted = byMember.get(offset);
    if (wanted === undefined) continue;
    const text = await inflateMember(member);
    for (const location of wanted) yield { location, text: text.subarray(location.start, location.end) };
  }
}
