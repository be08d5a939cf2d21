import { DicomError } from '../../dicom/errors';
import { logFailure } from '../../log';
import { utf8 } from '../bytes';
import type { CommitOutcome, DuplicateSettings, Quotas, SegmentRecord } from '../commit-group';
import type { SeriesIdentity } from '../identities';
import { BufferPool } from '../memory/buffer-pool';
import { HeldMemory } from '../memory/held-memory';
import { instanceKey } from '../object-keys';
import type { Archive } from '../ports';
import type { ExtraAttribute } from '../search-attributes/extra-attributes';
import { RefusedError, TooMuchWorkError } from '../unavailable';
import { type Arrived, logOtherPatients, settled } from './arrived';
import { CallMeter } from './call-meter';
import { commitOthers } from './commit-others';
import { keepHeldBytes } from './held-bytes';
import type { ByteReader } from './incoming/byte-reader';
import { IncomingInstance, type ReadFile, type ReceivedInstance, type StoreLimits } from './incoming/incoming-instance';
import type { Received } from './incoming/received';
import { patientIDOf } from './records';
import { scatteredSeries } from './scattered-series';
import { SegmentSet } from './segment-set';
import { type ArrivedRecord, StoreGroup } from './store-group';
import type { StoreResult, Unread, Unwritten } from './store-result';

/** How a deployment stores instances. */
export interface StoreSettings extends StoreLimits, DuplicateSettings {
  /** Attributes that searches match in addition to the standard's keys. */
  readonly searchAttributes?: readonly ExtraAttribute[];
  /** The buffers of the request; absent: the transaction's own. */
  readonly pool?: BufferPool;
}

/** A request has six connections that may wait for a response. One of them is left to other calls. */
const CONCURRENT_WRITES = 5;

/**
 * Stores the instances of one STOW request (PS3.18 10.5). Each one is streamed to R2 as it arrives, and all of them
 * become visible by one transaction in `commit`. Until then no client can see anything of the request.
 */
export class StoreTransaction {
  /** The index gave the commit up: it was too much work, or the index was too slow. */
  gaveUp = false;
  private readonly results: (StoreResult | Arrived)[] = [];
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly segments: SegmentSet;
  private readonly pool: BufferPool;
  private readonly group: StoreGroup;
  /** The archive with a limit on its R2 calls; instances are written to it. */
  private readonly limited: Archive;

  /**
   * @param study the study that the request's path names; instances of other studies are refused
   * @param memory counts the bytes that are held
   * @param calls counts the calls to R2
   * @param quotas what the archive and the sender may hold
   */
  constructor(
    private readonly archive: Archive,
    private readonly limits: StoreSettings,
    private readonly study?: string,
    private readonly memory = new HeldMemory(),
    private readonly calls = new CallMeter(limits.callsPerRequest),
    private readonly quotas: Quotas = {},
  ) {
    this.pool = limits.pool ?? new BufferPool();
    this.limited = { ...archive, objects: calls.limited(archive.objects) };
    this.segments = new SegmentSet(calls.counted(archive.objects), limits.uploadPartBytes, memory, this.pool);
    calls.reserved = () => this.segments.openCount;
    this.group = new StoreGroup(limits, limits.searchAttributes);
  }

  /** What was known of the last instance whose source failed. */
  interrupted: Received = {};

  /**
   * Adds the result of an instance that could not be read, with what is known of it and the attribute that caused the
   * result.
   */
  refuse(result: Unread, instance: Received = {}, tag?: string): void {
    this.results.push({ result, instance, tag });
  }

  /**
   * Reads one Part 10 file. An error in the file becomes its result. Only a failure of the source is thrown.
   * @param placed the version under which the file is already in the bucket. The transaction deletes
   * no object of this version, whatever the result: the same file may be read again after an interruption, and an earlier
   * transaction may have taken it.
   */
  async add(source: ByteReader, placed?: string): Promise<void> {
    this.memory.settle();
    await this.room();
    const incoming = new IncomingInstance(this.limited, this.limits, this.memory, this.pool, placed);
    let sourceError: unknown;
    const read = () =>
      source.read().catch((error: unknown) => {
        sourceError = error;
        throw error;
      });
    try {
      await this.keep(incoming, await incoming.receive({ read }), placed !== undefined);
    } catch (error) {
      await incoming.abort();
      if (error !== undefined && error === sourceError) {
        this.interrupted = incoming.identity;
        throw error;
      }
      this.refuseRead(incoming, error);
    }
  }

  /** Adds the instance of a file that was read while it was put into the bucket. @param placed the version of the file there */
  async addRead(file: ReadFile, placed: string): Promise<void> {
    this.memory.settle();
    await this.room();
    const incoming = new IncomingInstance(this.limited, this.limits, this.memory, this.pool, placed, file.reader);
    try {
      await this.keep(incoming, incoming.take(file), true);
    } catch (error) {
      await incoming.abort();
      this.refuseRead(incoming, error);
    }
  }

  private refuseRead({ identity }: IncomingInstance, error: unknown): void {
    const result = error instanceof DicomError ? error.code : unwritten(error);
    const tag = error instanceof DicomError ? error.tag : undefined;
    this.results.push({ result, instance: identity, tag });
  }

  /** @throws DicomError, RefusedError when the instance cannot be kept */
  private async keep(incoming: IncomingInstance, received: ReceivedInstance, placed: boolean): Promise<void> {
    const { parsed } = received;
    if (this.study !== undefined && parsed.studyInstanceUID !== this.study) {
      await incoming.abort();
      this.results.push({ result: 'study-mismatch', instance: incoming.identity, tag: '0020000D' });
      return;
    }
    // Calls for its objects, and for its segment when it begins one.
    this.calls.require(incoming.objects.length + 2);
    const record = this.recorded(received);
    if (record === undefined)
      throw new DicomError('too-large', 'the request holds too much data to take this instance in');
    const objects = placed ? [] : incoming.objects;
    const written = this.track(incoming.finish());
    const location = await this.segments.add(parsed, utf8(parsed.json));
    const { warnings } = parsed;
    this.results.push({ record, warnings, patientID: patientIDOf(parsed), objects, location, written });
  }

  private recorded(received: ReceivedInstance): ArrivedRecord | undefined {
    try {
      return this.group.add(received);
    } catch (error) {
      // An unforeseen error that would occur again: it counts as an error of this instance.
      logFailure('record-failed', error);
      throw new RefusedError('refused');
    }
  }

  /** The instances that `commit` is about to store, each with its place among the added ones and its version. */
  get expected(): readonly (Pick<Arrived, 'record' | 'warnings'> & { readonly place: number })[] {
    return this.results.flatMap((result, place) =>
      'record' in result ? [{ place, record: result.record, warnings: result.warnings }] : [],
    );
  }

  /**
   * Gives the whole request up: no client can see anything of it, and the sweeper finds what R2 does not delete now.
   */
  async abandon(): Promise<void> {
    await Promise.all([this.segments.abandon(), this.allWritten()]);
    await this.discard(() => false);
  }

  /**
   * Makes every instance that arrived visible, in one transaction.
   * @returns a result for each part, in the order in which they were added, and the series whose metadata should be
   * merged
   * @throws UnavailableError when it is not known whether the instances are visible; when the client sends the request
   * again, instances that are already there count as a success
   */
  async commit(now: number): Promise<{ results: readonly StoreResult[]; scattered: readonly SeriesIdentity[] }> {
    const [segments] = await Promise.all([this.segments.finish(), this.allWritten()]);
    const names = new Set(segments.map(({ name }) => name));
    const unwritten = new Map<Arrived, Unwritten>();
    const arrived: Arrived[] = [];
    for (const result of this.results) {
      if (!('record' in result)) continue;
      const written = await result.written;
      if (written !== 'written') unwritten.set(result, written);
      else if (!names.has(result.location.segment)) unwritten.set(result, 'storage');
      else arrived.push(result);
    }
    const outcomeOf = await this.commitArrived(arrived, segments, now);
    logOtherPatients(this.archive.name, outcomeOf);
    return {
      results: this.results.map((result) =>
        'record' in result ? settled(result, outcomeOf.get(result), unwritten.get(result)) : result,
      ),
      scattered: scatteredSeries(
        [...outcomeOf].map(([{ record }, outcome]) => [record, outcome] as const),
        segments,
      ),
    };
  }

  private async commitArrived(
    arrived: readonly Arrived[],
    segments: readonly SegmentRecord[],
    now: number,
  ): Promise<ReadonlyMap<Arrived, CommitOutcome>> {
    if (arrived.length === 0) {
      await this.discard(() => false);
      return new Map();
    }
    try {
      const committed = await commitOthers(
        { index: this.archive.index, objects: this.limited.objects, duplicates: this.limits.duplicates },
        arrived,
        (some, sameAs) => {
          const used = new Set(some.map(({ location }) => location.segment));
          const instances = some.map((one) => ({ ...one.record, ...one.location, sameAs: sameAs(one) }));
          const written = segments.filter(({ name }) => used.has(name));
          return { ...this.group.of(instances, written, now), quotas: this.quotas };
        },
      );
      // Before the objects that have arrived are deleted: they may be the only ones that have the bytes.
      const { index, verification, background } = this.archive;
      const place = { index, verification, background, objects: this.limited.objects };
      const unheld = await keepHeldBytes(place, committed, this.calls.left);
      const outcomeOf = new Map([...committed].filter(([arrived]) => !unheld.has(arrived)));
      await this.discard((result) => ['stored', 'aside', 'kept'].includes(outcomeOf.get(result)?.result ?? ''));
      return outcomeOf;
    } catch (error) {
      if (!(error instanceof TooMuchWorkError)) throw error;
      this.gaveUp = true;
      // The same request would be too much again, and a request of fewer instances may not be. A transaction that D1
      // gave up may still take effect: nothing is deleted.
      await this.discard((result) => arrived.includes(result));
      return new Map(arrived.map((instance) => [instance, { result: 'too-large', seriesSegments: 0 }]));
    }
  }

  private async allWritten(): Promise<void> {
    for (const result of this.results) if ('record' in result) await result.written;
  }

  /**
   * Deletes the objects of instances that the transaction did not take: no client can see them. The sweeper finds what
   * R2 does not delete.
   */
  private async discard(taken: (result: Arrived) => boolean): Promise<void> {
    const segments = new Set<string>();
    const keys: string[] = [];
    for (const result of this.results) {
      if (!('record' in result)) continue;
      const { record, objects, location } = result;
      if (taken(result)) segments.add(location.segment);
      else keys.push(...objects.map((object) => instanceKey(record, record.version, object)));
    }
    keys.push(...this.segments.keys((name) => !segments.has(name)));
    if (keys.length === 0) return;
    try {
      await this.archive.objects.delete(keys);
    } catch (error) {
      logFailure('objects-left', error, { count: keys.length });
    }
  }

  /** Waits until few enough writes to R2 are under way for another instance to begin. */
  private async room(): Promise<void> {
    const limit = this.limits.uploadBytesInFlight;
    while (this.inFlight.size > 0 && (this.memory.held > limit || this.inFlight.size >= CONCURRENT_WRITES)) {
      await Promise.race(this.inFlight);
    }
  }

  private track(writing: Promise<void>): Arrived['written'] {
    const written = writing.then(() => 'written' as const, unwritten);
    this.inFlight.add(written);
    void written.finally(() => this.inFlight.delete(written));
    return written;
  }
}

/** An instance may be stored when the client sends it again, unless the reason of its refusal is known to be permanent. */
function unwritten(error: unknown): Unwritten {
  return error instanceof RefusedError ? error.reason : 'storage';
}
