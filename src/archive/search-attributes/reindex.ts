import type { DicomJson } from '../../dicom/json/json-model';
import { logFailure } from '../../log';
import { ObjectMissing } from '../body/stream-pieces';
import { entriesOf } from '../metadata/compact';
import type { Archive } from '../ports';
import { redescribe } from '../remove/redescribe';
import type { MetadataLocation } from '../rows';
import type { ExtraAttribute } from './extra-attributes';
import { type ExtraValue, extraValues, sourceOfJson } from './extra-values';
import type { AttributeState, IndexedValues, IndexingState, Position, SeriesToIndex } from './search-attribute-index';
import type { InstanceValues } from './value-group';
import { attributesAt, describedValues } from './value-set';

/** The limits of one run of the job. */
export interface ReindexLimits {
  /** Metadata segments to read, each one R2 read. One step may exceed the limit by as many as it has instances. */
  readonly reads: number;
  readonly steps: number;
  readonly seriesPerStep: number;
  readonly instancesPerStep: number;
}

/** The limits that the archive uses. Each R2 read counts among the 10,000 calls that an invocation may make. */
export const REINDEX_LIMITS: ReindexLimits = { reads: 1000, steps: 20, seriesPerStep: 100, instancesPerStep: 1000 };

/** Values of attributes that are no longer configured, which one step deletes. */
const DELETED_PER_STEP = 5000;

/** Milliseconds without progress after which indexing has lost its message, and is asked for again: longer than a run takes. */
const STALLED_MS = 3 * 60 * 1000;

/**
 * Brings the index in line with the configuration, in the background. The job looks for new attributes in everything
 * that was stored before, and removes those that are no longer configured.
 * @param giveUp only when no Worker of an earlier configuration can be running at the same time
 * @returns the state that was found
 */
export async function followConfiguration(
  archive: Archive,
  attributes: readonly ExtraAttribute[],
  now: number,
  giveUp: boolean,
): Promise<IndexingState> {
  const index = archive.searchAttributes;
  const state = await index.state();
  const names = attributes.map(({ name }) => name);
  const known = new Set(state.attributes.map(({ name }) => name));
  const isNew = names.some((name) => !known.has(name)) && (await index.add(names, now));
  const surplus = giveUp && [...known].some((name) => !names.includes(name));
  if (surplus) await index.keepOnly(names);
  const open =
    state.describedTo !== undefined ||
    state.waiting > 0 ||
    state.givenUp ||
    state.attributes.some(({ complete }) => !complete);
  const stalled = open && state.attributes.every(({ updatedAt }) => updatedAt < now - STALLED_MS);
  if (isNew || surplus || stalled) await archive.background.requestReindex();
  return state;
}

/**
 * One run of the re-index job. It goes through the archive, series by series in the order of their rows, and reads
 * their stored metadata, never a Part 10 file. Each step is one transaction that keeps the values and the position, so
 * that a run may end anywhere, and two runs may work at the same time.
 * @returns R2 reads made, and whether another run has to continue
 */
export async function reindex(
  archive: Archive,
  attributes: readonly ExtraAttribute[],
  now: number,
  limits = REINDEX_LIMITS,
): Promise<{ reads: number; unfinished: boolean }> {
  let reads = 0;
  for (let step = 0; step < limits.steps && reads < limits.reads; step += 1) {
    const state = await archive.searchAttributes.state();
    const done = await nextStep(archive, attributes, state, limits, now);
    if (done === undefined) return { reads, unfinished: false };
    reads += done;
  }
  return { reads, unfinished: true };
}

/** Does one step. */
/** @returns R2 reads made; undefined when there is nothing left to do */
async function nextStep(
  archive: Archive,
  attributes: readonly ExtraAttribute[],
  state: IndexingState,
  limits: ReindexLimits,
  now: number,
): Promise<number | undefined> {
  if (state.describedTo !== undefined) {
    await redescribe(archive, state.describedTo, limits.seriesPerStep);
    return 0;
  }
  if (state.givenUp) {
    await archive.searchAttributes.deleteGivenUp(DELETED_PER_STEP);
    return 0;
  }
  const names = new Set(attributes.map(({ name }) => name));
  // A mark concerns every attribute: a Worker that is not configured with all of them leaves the mark to a Worker that
  // is.
  const all = state.attributes.every(({ name }) => names.has(name));
  if (state.waiting > 0 && all) return await indexMarked(archive, attributes, limits, now);
  const pending = state.attributes.filter(({ name, complete }) => !complete && names.has(name));
  return pending.length === 0 ? undefined : await walkOn(archive, attributes, pending, limits, now);
}

async function indexMarked(
  archive: Archive,
  attributes: readonly ExtraAttribute[],
  limits: ReindexLimits,
  now: number,
): Promise<number> {
  const marked = await archive.searchAttributes.markedSeries(limits.seriesPerStep);
  const { series, values, reads, reached } = await indexTogether(archive, attributes, marked, limits);
  const partly = reached === undefined ? {} : { partly: { series: series[0]!, sopInstanceUID: reached } };
  await archive.searchAttributes.keep(values, { done: reached === undefined ? series : [], ...partly, now });
  return reads;
}

/**
 * Continues from the position of the attribute that is least far. Attributes at the same position are indexed with it.
 */
async function walkOn(
  archive: Archive,
  attributes: readonly ExtraAttribute[],
  pending: readonly AttributeState[],
  limits: ReindexLimits,
  now: number,
): Promise<number> {
  const [last] = [...pending].sort((one, other) => comparePositions(one.position, other.position));
  if (last === undefined) return 0;
  const names = new Set(pending.map(({ name }) => name));
  const ahead = await archive.searchAttributes.seriesAfter(last.position, limits.seriesPerStep);
  const wanted = attributes.filter(({ name }) => names.has(name));
  const { series, values, reads, reached } = await indexTogether(archive, wanted, ahead, limits);
  const end = series.at(-1);
  if (end === undefined) {
    await archive.searchAttributes.complete(last.position, now);
    return 0;
  }
  await archive.searchAttributes.keep(values, {
    names: wanted.map(({ name }) => name),
    from: last.position,
    to: { seriesRow: end.row, sopInstanceUID: reached ?? null },
    seriesDone: last.seriesDone + (reached === undefined ? series.length : 0),
    now,
  });
  return reads;
}

function comparePositions(one: Position, other: Position): number {
  if (one.seriesRow !== other.seriesRow) return one.seriesRow - other.seriesRow;
  if (one.sopInstanceUID === other.sopInstanceUID) return 0;
  if (one.sopInstanceUID === null) return 1;
  return other.sopInstanceUID === null || one.sopInstanceUID < other.sopInstanceUID ? -1 : 1;
}

interface Indexed {
  /** The series that this step looked at. */
  readonly series: readonly SeriesToIndex[];
  readonly values: IndexedValues;
  readonly reads: number;
  /** The last instance that was looked at, when only a part of a single series was; absent: all of the series were. */
  readonly reached?: string;
}

/** Indexes as many of the series as one step may, from the first one on; of a large series only a part. */
async function indexTogether(
  archive: Archive,
  attributes: readonly ExtraAttribute[],
  candidates: readonly SeriesToIndex[],
  limits: ReindexLimits,
): Promise<Indexed> {
  const ofInstances = attributesAt(attributes, 'instance');
  // The index itself keeps the attributes that describe studies and series, so no metadata has to be read for them.
  const series = ofInstances.length === 0 ? candidates : fitting(candidates, limits.instancesPerStep);
  const described = {
    studies: [...new Map(series.map((one) => [one.studyInstanceUID, one])).values()].map((one) => ({
      studyInstanceUID: one.studyInstanceUID,
      ...describedValues(attributes, 'study', JSON.parse(one.studyAttributes)),
    })),
    series: series.map(({ studyInstanceUID, seriesInstanceUID, seriesAttributes }) => ({
      studyInstanceUID,
      seriesInstanceUID,
      ...describedValues(attributes, 'series', JSON.parse(seriesAttributes)),
    })),
  };
  if (ofInstances.length === 0 || series.length === 0) {
    return { series, values: { ...described, instances: [] }, reads: 0 };
  }
  const locations = await archive.searchAttributes.instancesOf(series, limits.instancesPerStep);
  const { instances, reads } = await readValues(archive, ofInstances, locations);
  const last = locations.at(-1);
  const reached = series.length === 1 && locations.length === limits.instancesPerStep ? last : undefined;
  return { series, values: { ...described, instances }, reads, ...(reached && { reached: reached.sopInstanceUID }) };
}

/** The first of the series, and those after it as long as they have at most this many instances together. */
function fitting(candidates: readonly SeriesToIndex[], instances: number): readonly SeriesToIndex[] {
  let sum = 0;
  const end = candidates.findIndex((one) => {
    sum += one.instances;
    return sum > instances;
  });
  return end < 0 ? candidates : candidates.slice(0, Math.max(1, end));
}

/** R2 reads that run at once. Six connections of a request may wait for a response. */
const CONCURRENT_READS = 5;

/** Characters of values that are held until they go to the index. */
const HELD_CHARACTERS = 2 * 1024 * 1024;

async function readValues(
  archive: Archive,
  attributes: readonly ExtraAttribute[],
  locations: readonly MetadataLocation[],
): Promise<{ instances: readonly InstanceValues[]; reads: number }> {
  const segments = [...Map.groupBy(locations, ({ segment }) => segment).values()];
  let instances: InstanceValues[] = [];
  let held = 0;
  const read = async (group: readonly MetadataLocation[]): Promise<void> => {
    for await (const { location, values } of valuesOfSegment(archive, attributes, group)) {
      const { studyInstanceUID, seriesInstanceUID, sopInstanceUID, version } = location;
      instances.push({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, version, values });
      for (const { value } of values) held += String(value).length;
    }
  };
  for (let at = 0; at < segments.length; at += CONCURRENT_READS) {
    await Promise.all(segments.slice(at, at + CONCURRENT_READS).map(read));
    if (held > HELD_CHARACTERS) {
      // Without the position: if the step has to be done again, it finds the same values, and they change nothing.
      await archive.searchAttributes.keep({ studies: [], series: [], instances });
      instances = [];
      held = 0;
    }
  }
  return { instances, reads: segments.length };
}

async function* valuesOfSegment(
  archive: Archive,
  attributes: readonly ExtraAttribute[],
  locations: readonly MetadataLocation[],
): AsyncGenerator<{ location: MetadataLocation; values: readonly ExtraValue[] }> {
  const [first] = locations;
  if (first === undefined) return;
  try {
    for await (const { location, text } of entriesOf(archive, { ...first, name: first.segment }, locations)) {
      const json = new TextDecoder().decode(text).replaceAll('\u0001', '');
      const dataSet: DicomJson = JSON.parse(json);
      yield { location, values: extraValues(attributes, sourceOfJson(dataSet)) };
    }
  } catch (error) {
    // One lost object must not keep all the others from being indexed.
    if (!(error instanceof ObjectMissing)) throw error;
    logFailure('metadata-missing', error, { segment: first.segment });
  }
}
