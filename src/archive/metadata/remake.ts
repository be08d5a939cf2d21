import { logEvent, logFailure } from '../../log';
import type { InstanceIdentity, SeriesIdentity } from '../identities';
import { BufferPool } from '../memory/buffer-pool';
import { HeldMemory } from '../memory/held-memory';
import { describeKey, segmentKey } from '../object-keys';
import type { Archive } from '../ports';
import type { HeldFile, MetadataLocation, SegmentRow } from '../rows';
import { faultyObjects } from '../verification/faulty-objects';
import type { Finding } from '../verification/verification';
import { type CompactionLimits, GRACE_MS } from './compact';
import { metadataOfFile } from './metadata-of-file';
import { type SegmentLocation, SegmentWriter } from './metadata-segment';

/*
 * Metadata segments that the bucket has lost. All that they hold can be made again, because the bucket has the files of their
 * instances.
 */

/** The most files that one run reads, and their bytes; the last one may be longer. */
const MOST_FILES = 500;
const MOST_BYTES = 256 * 1024 ** 2;

/** The result of such a run. */
export interface RemakeRun {
  /** Number of files read. */
  readonly reads: number;
  /** Whether there is something new to merge. */
  readonly isMade: boolean;
  /** Whether another run has something to do. */
  readonly more: boolean;
}

/**
 * Makes the metadata segments of a series that are lost or damaged again from the files of their instances. Their entries move to a
 * new segment, as a merge moves them, so a run may work beside Store requests, compactors and other such runs.
 * Instances whose files cannot be read stay where they are.
 * @param now milliseconds since 1970
 */
export async function remakeSegments(
  archive: Archive,
  series: SeriesIdentity,
  { uploadPartBytes }: Pick<CompactionLimits, 'uploadPartBytes'>,
  now: number,
): Promise<RemakeRun> {
  const lost = await lostSegments(archive, series);
  if (lost.length === 0) return { reads: 0, isMade: false, more: false };
  const from = lost.map(({ name }) => name);
  const entries = (await archive.index.metadataLocations(series)).filter(({ segment }) => from.includes(segment));
  const writer = new SegmentWriter(series, archive.objects, uploadPartBytes, new HeldMemory(), new BufferPool());
  const { made, read } = await writeAgain(archive, entries, writer);
  const isMade = made.length > 0;
  if (isMade) {
    const to = await writer.finish();
    const locations = made.map(({ entry, place: { offset, length, start, end } }) => {
      const { sopInstanceUID, version, segment } = entry;
      return { sopInstanceUID, version, from: segment, offset, length, start, end };
    });
    await archive.index.replaceSegments({ ...series, from, to, parts: [], locations, dueAt: now + GRACE_MS });
  }
  const more = isMade && read < entries.length;
  if (!more) await tell(archive, lost);
  return { reads: read, isMade, more };
}

async function lostSegments(archive: Archive, series: SeriesIdentity): Promise<SegmentRow[]> {
  const objects = (await archive.index.segments(series)).filter(({ content }) => content === null);
  const faulty = await faultyObjects(archive, objects.map(objectOf));
  return objects.filter((segment) => faulty.has(objectOf(segment).key));
}

function objectOf(segment: SegmentRow) {
  return { key: segmentKey(segment, segment.name), byteLength: segment.byteLength };
}

/** Adds entries to a segment, made from their files. @returns them, and how many were tried */
async function writeAgain(archive: Archive, entries: readonly MetadataLocation[], writer: SegmentWriter) {
  const some = entries.slice(0, MOST_FILES);
  const files = new Map((await archive.index.held(some)).map((file) => [keyOf(file), file]));
  const made: { readonly entry: MetadataLocation; readonly place: SegmentLocation }[] = [];
  let [read, bytes] = [0, 0];
  for (const entry of some) {
    if (bytes >= MOST_BYTES) break;
    read += 1;
    const file = files.get(keyOf(entry));
    bytes += file?.byteLength ?? 0;
    const text = file && (await metadataOfFile(archive, file));
    if (text !== undefined) made.push({ entry, place: await writer.add(new TextEncoder().encode(text)) });
  }
  return { made, read };
}

/** Tells the operator what became of the segments. A finding of a verification ends with the segment. */
async function tell(archive: Archive, lost: readonly SegmentRow[]): Promise<void> {
  const [{ studyInstanceUID, seriesInstanceUID }] = lost as [SegmentRow];
  const left = new Set((await archive.index.segments({ studyInstanceUID, seriesInstanceUID })).map(({ name }) => name));
  const keys = (some: readonly SegmentRow[]) => some.map((segment) => objectOf(segment).key);
  const healed = keys(lost.filter(({ name }) => !left.has(name)));
  const [notHealed] = keys(lost.filter(({ name }) => left.has(name)));
  if (healed.length > 0) {
    await archive.verification.forgetFaultsOf(healed);
    logEvent('objects-healed', { archive: archive.name, objects: healed.length, object: healed[0]! });
  }
  if (notHealed !== undefined) logFailure('object-not-healed', undefined, { archive: archive.name, object: notHealed });
}

function keyOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, version }: HeldFile | MetadataLocation): string {
  return `${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}/${version}`;
}

/** The most segments that a request looks for: it needs its calls of the bucket for files. A verification looks for all. */
const MOST_LOOKS = 100;

/** What asking for such a run needs. */
type Asking = Pick<Archive, 'index' | 'objects' | 'verification' | 'background'>;

/**
 * Looks whether the bucket has the metadata segments of instances whose files it holds, and asks for what it has lost to be made
 * again. That takes two statements, and a call of the bucket for each of up to MOST_LOOKS segments. A failure is
 * logged: the metadata stays as it is.
 */
export async function askForLostMetadata(place: Asking, instances: readonly InstanceIdentity[]): Promise<void> {
  if (instances.length === 0) return;
  try {
    const places = await place.index.metadataLocationsOf(instances);
    const objects = places.filter(({ content }) => content === null);
    const keys = new Set(objects.map((entry) => segmentKey(entry, entry.segment)));
    if (keys.size === 0) return;
    const some = [...keys].slice(0, MOST_LOOKS);
    const faulty = await faultyObjects(
      place,
      some.map((key) => ({ key })),
    );
    await ask(place, [...faulty]);
  } catch (error) {
    logFailure('work-not-requested', error);
  }
}

/** Asks for the metadata segments that a verification has found lost or damaged to be made again. */
export async function askForFoundMetadata(archive: Asking, findings: readonly Finding[]): Promise<void> {
  const faults = findings.filter(({ kind }) => kind !== 'unknown-object' && kind !== 'recent-unknown-object');
  try {
    await ask(
      archive,
      faults.map(({ subject }) => subject),
    );
  } catch (error) {
    // The next verification asks again.
    logFailure('work-not-requested', error);
  }
}

async function ask({ background }: Asking, keys: readonly string[]): Promise<void> {
  const series = new Map<string, SeriesIdentity>();
  for (const { segment, studyInstanceUID, seriesInstanceUID } of keys.flatMap(describeKey)) {
    if (segment === undefined || studyInstanceUID === undefined || seriesInstanceUID === undefined) continue;
    series.set(`${studyInstanceUID}/${seriesInstanceUID}`, { studyInstanceUID, seriesInstanceUID });
  }
  if (series.size > 0) await background.requestRemake([...series.values()]);
}
