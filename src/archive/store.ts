import { DicomError } from '../dicom/errors';
import type { ParsedInstance } from '../dicom/instance-reader';
import { Budget } from './budget';
import { BufferPool } from './buffer-pool';
import { utf8 } from './bytes';
import type {
  CommitGroup,
  CommitOutcome,
  DuplicateSettings,
  InstanceRecord,
  SegmentRecord,
  SeriesRecord,
  StudyRecord,
} from './commit';
import type { ExtraAttribute } from './extra-attributes';
import {
  type ByteReader,
  IncomingInstance,
  type Received,
  type ReceivedInstance,
  type StoreLimits,
} from './incoming-instance';
import type { SegmentLocation } from './metadata-segment';
import { type InstanceObject, instanceKey } from './object-keys';
import type { Archive, InstanceIdentity, SeriesIdentity } from './ports';
import { attributesOf, instanceRecord, seriesRecord, studyRecord } from './records';
import { SegmentSet } from './segment-set';
import { ValueSet } from './value-set';

export type StoreWarning = ParsedInstance['warnings'][number];

/** What became of one part of a STOW request. */
export type StoreResult =
  | {
      /**
       * stored: visible from now on. identical: these bytes were stored before, and nothing was stored twice. kept: other
       * bytes are stored under the same UIDs, and stay; these are kept aside.
       */
      readonly result: 'stored' | 'identical' | 'kept';
      readonly instance: InstanceIdentity & { readonly sopClassUID: string };
      readonly warnings: readonly StoreWarning[];
    }
  | {
      /**
       * conflict: other bytes are stored under the same UIDs, and stay. study-mismatch: not of the study that the
       * request names. A DicomError's code: the part could not be read. storage: R2 or D1 failed.
       */
      readonly result:
        | 'conflict'
        | 'study-mismatch'
        | 'storage'
        | 'cut-short'
        | 'missing-bulk-data'
        | DicomError['code'];
      readonly instance: Received;
      /** The attribute to blame, eight hexadecimal digits. */
      readonly tag?: string | undefined;
    };

/** An instance whose bytes are on their way to R2: what is kept of it until the commit is small. */
interface Arrived {
  readonly record: Omit<InstanceRecord, keyof SegmentLocation>;
  readonly warnings: readonly StoreWarning[];
  readonly objects: readonly InstanceObject[];
  /** Complete once its segment is. */
  readonly location: SegmentLocation;
  /** Resolves with whether every object of the instance was written. */
  readonly written: Promise<boolean>;
}

/** Why an instance did not come as far as to be read as a file. */
type Unread = 'storage' | 'cut-short' | 'missing-bulk-data' | DicomError['code'];

/** How a deployment stores. */
export interface StoreSettings extends StoreLimits, DuplicateSettings {
  /** Attributes that searches match beyond the standard's keys. */
  readonly searchAttributes?: readonly ExtraAttribute[];
}

/** Of the six connections that may wait for an answer at once, one is left to others. */
const CONCURRENT_WRITES = 5;

/**
 * Stores the instances of one STOW request (PS3.18 10.5): each is streamed to R2 as it arrives, and all become visible
 * by one transaction in `commit`. Until then nothing of the request can be seen.
 */
export class StoreTransaction {
  private readonly results: (StoreResult | Arrived)[] = [];
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly segments: SegmentSet;
  private readonly pool = new BufferPool();
  private readonly values: ValueSet;
  /** Instances of the request, by their UIDs. */
  private readonly seen = new Set<string>();
  /** As the first instance of each describes them, or one that replaces another of the request. */
  private readonly studies = new Map<string, StudyRecord>();
  private readonly series = new Map<string, SeriesRecord>();

  /**
   * @param study the study that the request's path names; instances of others are refused
   * @param budget counts the bytes held
   */
  constructor(
    private readonly archive: Archive,
    private readonly limits: StoreSettings,
    private readonly study?: string,
    private readonly budget = new Budget(),
  ) {
    this.segments = new SegmentSet(archive.objects, limits.uploadPartBytes, budget, this.pool);
    this.values = new ValueSet(limits.searchAttributes ?? []);
  }

  /** What was known of the instance whose source failed last. */
  interrupted: Received = {};

  /** Notes an instance that did not come as far as to be read, with what is known of it and the attribute to blame. */
  refuse(result: Unread, instance: Received = {}, tag?: string): void {
    this.results.push({ result, instance, tag });
  }

  /** Reads one Part 10 file. What is wrong with it becomes its result; only a failure of the source is thrown. */
  async add(source: ByteReader): Promise<void> {
    this.budget.settle();
    await this.room();
    const incoming = new IncomingInstance(this.archive, this.limits, this.budget, this.pool);
    let sourceError: unknown;
    const read = () =>
      source.read().catch((error: unknown) => {
        sourceError = error;
        throw error;
      });
    let received: ReceivedInstance;
    try {
      received = await incoming.receive({ read });
    } catch (error) {
      await incoming.abort().catch(() => undefined);
      if (error === sourceError) {
        this.interrupted = incoming.identity;
        throw error;
      }
      const { code, tag } = error instanceof DicomError ? error : { code: 'storage' as const, tag: undefined };
      this.results.push({ result: code, instance: incoming.identity, tag });
      return;
    }
    const { parsed } = received;
    if (this.study !== undefined && parsed.studyInstanceUID !== this.study) {
      await incoming.abort();
      this.results.push({ result: 'study-mismatch', instance: incoming.identity, tag: '0020000D' });
      return;
    }
    const { objects } = incoming;
    const written = this.track(incoming.finish());
    const location = await this.segments.add(parsed, utf8(parsed.json));
    this.describe(parsed);
    const record = instanceRecord(parsed, received);
    this.values.add(parsed, record.version);
    this.results.push({ record, warnings: parsed.warnings, objects, location, written });
  }

  /** Gives the whole request up: nothing of it remains. */
  async abandon(): Promise<void> {
    await Promise.all([this.segments.finish(), this.allWritten()]);
    await this.discard(new Map());
  }

  /**
   * Makes everything that arrived visible, in one transaction.
   * @returns a result for each part, in the order they were added, and the series whose metadata should be merged
   */
  async commit(now: number): Promise<{ results: readonly StoreResult[]; scattered: readonly SeriesIdentity[] }> {
    const [segments] = await Promise.all([this.segments.finish(), this.allWritten()]);
    const arrived: Arrived[] = [];
    for (const result of this.results) if ('record' in result && (await result.written)) arrived.push(result);
    const outcomes = arrived.length === 0 ? [] : await this.archive.index.commit(this.group(arrived, segments, now));
    const outcomeOf = new Map(arrived.map((instance, at) => [instance, outcomes[at]!]));
    await this.discard(outcomeOf);
    return {
      results: this.results.map((result) => ('record' in result ? settled(result, outcomeOf.get(result)) : result)),
      scattered: scatteredSeries(outcomeOf, segments),
    };
  }

  private async allWritten(): Promise<void> {
    for (const result of this.results) if ('record' in result) await result.written;
  }

  private describe(instance: ParsedInstance): void {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = instance;
    const key = `${studyInstanceUID}/${seriesInstanceUID}`;
    const replaces = this.limits.duplicates === 'replace' && this.seen.has(`${key}/${sopInstanceUID}`);
    this.seen.add(`${key}/${sopInstanceUID}`);
    if (this.series.has(key) && !replaces) return;
    const attribute = attributesOf(instance);
    this.series.set(key, seriesRecord(instance, attribute));
    if (replaces || !this.studies.has(studyInstanceUID)) {
      this.studies.set(studyInstanceUID, studyRecord(studyInstanceUID, attribute));
    }
  }

  /** Only what belongs to an instance that arrived: a series must not come to be without one. */
  private group(arrived: readonly Arrived[], segments: readonly SegmentRecord[], now: number): CommitGroup {
    const studies = new Set(arrived.map(({ record }) => record.studyInstanceUID));
    const series = new Set(arrived.map(({ record }) => `${record.studyInstanceUID}/${record.seriesInstanceUID}`));
    const described = {
      studies: [...this.studies].flatMap(([key, record]) => (studies.has(key) ? [record] : [])),
      series: [...this.series].flatMap(([key, record]) => (series.has(key) ? [record] : [])),
    };
    return {
      now,
      duplicates: this.limits.duplicates,
      purgeAt: now + this.limits.retentionMs,
      ...described,
      values: this.values.group(described.studies, described.series),
      segments,
      instances: arrived.map(({ record, location }) => ({ ...record, ...location })),
    };
  }

  /** Deletes what the transaction did not take: it can be seen by nobody. */
  private async discard(outcomeOf: ReadonlyMap<Arrived, CommitOutcome>): Promise<void> {
    const taken = new Set<string>();
    const keys: string[] = [];
    for (const result of this.results) {
      if (!('record' in result)) continue;
      const { record, objects, location } = result;
      const outcome = outcomeOf.get(result)?.result;
      if (outcome === 'stored' || outcome === 'kept') taken.add(location.segment);
      else keys.push(...objects.map((object) => instanceKey(record, record.version, object)));
    }
    keys.push(...this.segments.keys((name) => !taken.has(name)));
    if (keys.length > 0) await this.archive.objects.delete(keys);
  }

  /** Waits until little enough is on its way to R2 for another instance to begin. */
  private async room(): Promise<void> {
    const limit = this.limits.uploadBytesInFlight;
    while (this.inFlight.size > 0 && (this.budget.held > limit || this.inFlight.size >= CONCURRENT_WRITES)) {
      await Promise.race(this.inFlight);
    }
  }

  private track(writing: Promise<void>): Promise<boolean> {
    const written = writing.then(
      () => true,
      () => false,
    );
    this.inFlight.add(written);
    void written.finally(() => this.inFlight.delete(written));
    return written;
  }
}

/** So many further segments, and the merging of a series is asked for once more: the first request may have been lost. */
const ASK_AGAIN = 16;

/**
 * The series whose metadata this commit scattered over several segments. While a series waits to be merged, further
 * segments ask for nothing: the compactor looks for them when it is done.
 */
function scatteredSeries(
  outcomeOf: ReadonlyMap<Arrived, CommitOutcome>,
  segments: readonly SegmentRecord[],
): SeriesIdentity[] {
  const keyOf = ({ studyInstanceUID, seriesInstanceUID }: SeriesIdentity) => `${studyInstanceUID}/${seriesInstanceUID}`;
  const scattered = new Map<string, SeriesIdentity>();
  for (const [{ record }, { seriesSegments }] of outcomeOf) {
    const { studyInstanceUID, seriesInstanceUID } = record;
    if (seriesSegments < 2 || scattered.has(keyOf(record))) continue;
    const before = seriesSegments - segments.filter((segment) => keyOf(segment) === keyOf(record)).length;
    const asked = before >= 2 && Math.floor(before / ASK_AGAIN) === Math.floor(seriesSegments / ASK_AGAIN);
    if (!asked) scattered.set(keyOf(record), { studyInstanceUID, seriesInstanceUID });
  }
  return [...scattered.values()];
}

function settled({ record, warnings }: Arrived, outcome: CommitOutcome | undefined): StoreResult {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID, sopClassUID } = record;
  const instance = { studyInstanceUID, seriesInstanceUID, sopInstanceUID, sopClassUID };
  if (outcome === undefined) return { result: 'storage', instance };
  if (outcome.result === 'conflict') return { result: 'conflict', instance };
  const result = outcome.result === 'kept before' ? 'kept' : outcome.result;
  return { result, instance, warnings };
}
