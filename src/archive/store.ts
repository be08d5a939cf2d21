import { DicomError } from '../dicom/errors';
import { InstanceReader, type ParsedInstance } from '../dicom/instance-reader';
import { Budget } from './budget';
import { hexadecimal, utf8 } from './bytes';
import type { CommitGroup, CommitOutcome, InstanceRecord } from './commit';
import type { SegmentLocation } from './metadata-segment';
import { type InstanceObject, instanceKey, newUnfiledVersion, newVersion, unfiledKey } from './object-keys';
import { ObjectWriter } from './object-writer';
import type { Archive, InstanceIdentity, SeriesIdentity } from './ports';
import { instanceRecord, seriesRecord, studyRecord } from './records';
import { SegmentSet } from './segment-set';

/** The bytes of one part, as they arrive. A chunk is valid until the next read. */
export interface ByteReader {
  /** @returns null at the end */
  read(): Promise<Uint8Array | null>;
}

export interface StoreLimits {
  readonly uploadPartBytes: number;
  readonly uploadBytesInFlight: number;
}

/** What is known of an instance that came in; identity is incomplete where the file could not be read so far. */
export interface Received {
  readonly sopClassUID?: string | undefined;
  readonly sopInstanceUID?: string | undefined;
  readonly studyInstanceUID?: string | undefined;
  readonly seriesInstanceUID?: string | undefined;
}

export type StoreWarning = ParsedInstance['warnings'][number];

/** What became of one part of a STOW request. */
export type StoreResult =
  | {
      /** stored: visible from now on. identical: these bytes were stored before, and nothing was stored twice. */
      readonly result: 'stored' | 'identical';
      readonly instance: InstanceIdentity & { readonly sopClassUID: string };
      readonly warnings: readonly StoreWarning[];
    }
  | {
      /**
       * conflict: other bytes are stored under the same UIDs, and stay. study-mismatch: not of the study that the
       * request names. A DicomError's code: the part could not be read. storage: R2 or D1 failed.
       */
      readonly result: 'conflict' | 'study-mismatch' | 'storage' | 'cut-short' | DicomError['code'];
      readonly instance: Received;
      /** The attribute to blame, eight hexadecimal digits. */
      readonly tag?: string | undefined;
    };

/** An instance whose bytes are on their way to R2. */
interface Arrived {
  readonly parsed: ParsedInstance;
  readonly version: string;
  readonly byteLength: number;
  readonly digest: string;
  readonly objects: readonly InstanceObject[];
  readonly location: SegmentLocation;
  /** Resolves with whether every object of the instance was written. */
  readonly written: Promise<boolean>;
}

/** Deflated data is inflated in pieces of this size, so that one piece can never become more than about 4 MB. */
const DEFLATED_PIECE_BYTES = 4096;

/**
 * Stores the instances of one STOW request (PS3.18 10.5): each is streamed to R2 as it arrives, and all become visible
 * by one transaction in `commit`. Until then nothing of the request can be seen.
 */
export class StoreTransaction {
  private readonly results: (StoreResult | Arrived)[] = [];
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly segments: SegmentSet;

  /**
   * @param study the study that the request's path names; instances of others are refused
   * @param budget counts the bytes held
   */
  constructor(
    private readonly archive: Archive,
    private readonly limits: StoreLimits,
    private readonly study?: string,
    private readonly budget = new Budget(),
  ) {
    this.segments = new SegmentSet(archive.objects, limits.uploadPartBytes, budget);
  }

  /** Notes a part that could not even be looked at. */
  refuse(result: 'cut-short' | 'not-part10'): void {
    this.results.push({ result, instance: {} });
  }

  /** Reads one Part 10 file. What is wrong with it becomes its result; only a failure of the transport is thrown. */
  async add(source: ByteReader): Promise<void> {
    await this.room();
    const incoming = new IncomingInstance(this.archive, this.limits, this.budget);
    try {
      await incoming.receive(source);
    } catch (error) {
      await incoming.abort();
      if (!(error instanceof DicomError)) throw error;
      this.results.push({ result: error.code, instance: incoming.identity, tag: error.tag });
      return;
    }
    const { parsed } = incoming;
    if (this.study !== undefined && parsed.studyInstanceUID !== this.study) {
      await incoming.abort();
      this.results.push({ result: 'study-mismatch', instance: parsed, tag: '0020000D' });
      return;
    }
    const written = this.track(incoming.finish());
    const location = await this.segments.add(parsed, utf8(parsed.json));
    const { version, byteLength, objects } = incoming;
    const digest = await incoming.digest;
    this.results.push({ parsed, version, byteLength, digest, objects, location, written });
  }

  /** Gives the whole request up: nothing of it remains. */
  async abandon(): Promise<void> {
    for (const result of this.results) if ('parsed' in result) await result.written;
    await this.segments.finish();
    await this.discard(new Map());
  }

  /**
   * Makes everything that arrived visible, in one transaction.
   * @returns a result for each part, in the order they were added, and the series whose metadata should be merged
   */
  async commit(now: number): Promise<{ results: readonly StoreResult[]; scattered: readonly SeriesIdentity[] }> {
    const arrived: Arrived[] = [];
    for (const result of this.results) if ('parsed' in result && (await result.written)) arrived.push(result);
    const outcomes = arrived.length === 0 ? [] : await this.archive.index.commit(await this.group(arrived, now));
    const outcomeOf = new Map(arrived.map((instance, at) => [instance, outcomes[at]!]));
    await this.discard(outcomeOf);
    const scattered = new Map<string, SeriesIdentity>();
    for (const [{ parsed }, { seriesSegments }] of outcomeOf) {
      if (seriesSegments > 1) scattered.set(`${parsed.studyInstanceUID}/${parsed.seriesInstanceUID}`, parsed);
    }
    return {
      results: this.results.map((result) => ('parsed' in result ? settled(result, outcomeOf.get(result)) : result)),
      scattered: [...scattered.values()].map(({ studyInstanceUID, seriesInstanceUID }) => ({
        studyInstanceUID,
        seriesInstanceUID,
      })),
    };
  }

  private async group(arrived: readonly Arrived[], now: number): Promise<CommitGroup> {
    const segments = await this.segments.finish();
    const studies = new Map<string, ParsedInstance>();
    const series = new Map<string, ParsedInstance>();
    for (const { parsed } of arrived) {
      if (!studies.has(parsed.studyInstanceUID)) studies.set(parsed.studyInstanceUID, parsed);
      const key = `${parsed.studyInstanceUID}/${parsed.seriesInstanceUID}`;
      if (!series.has(key)) series.set(key, parsed);
    }
    return {
      now,
      studies: [...studies.values()].map(studyRecord),
      series: [...series.values()].map(seriesRecord),
      segments,
      instances: arrived.map((instance): InstanceRecord => instanceRecord(instance.parsed, instance)),
    };
  }

  /** Deletes what the transaction did not take: it can be seen by nobody. */
  private async discard(outcomeOf: ReadonlyMap<Arrived, CommitOutcome>): Promise<void> {
    const taken = new Set<string>();
    const keys: string[] = [];
    for (const result of this.results) {
      if (!('parsed' in result)) continue;
      if (outcomeOf.get(result)?.result === 'stored') taken.add(result.location.segment);
      else keys.push(...result.objects.map((object) => instanceKey(result.parsed, result.version, object)));
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

/** Of the six connections that may wait for an answer at once, one is left to others. */
const CONCURRENT_WRITES = 5;

function settled(arrived: Arrived, outcome: CommitOutcome | undefined): StoreResult {
  const { parsed } = arrived;
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID, sopClassUID } = parsed;
  const instance = { studyInstanceUID, seriesInstanceUID, sopInstanceUID, sopClassUID };
  if (outcome === undefined) return { result: 'storage', instance };
  if (outcome.result === 'conflict') return { result: 'conflict', instance };
  return { result: outcome.result, instance, warnings: parsed.warnings };
}

/** One Part 10 file on its way: parsed, hashed and uploaded as its bytes pass. */
class IncomingInstance {
  parsed!: ParsedInstance;
  digest!: Promise<string>;
  readonly objects: InstanceObject[] = ['dcm'];
  private readonly reader = new InstanceReader();
  private readonly hash = new crypto.DigestStream('SHA-256');
  private readonly file: ObjectWriter;
  private inflated: ObjectWriter | undefined;
  private unfiled: string | undefined;
  private filed: string | undefined;

  constructor(
    private readonly archive: Archive,
    private readonly limits: StoreLimits,
    private readonly budget: Budget,
  ) {
    this.file = this.writer('dcm');
    this.hash.digest.catch(() => undefined);
  }

  get identity(): Received {
    return this.reader.identity;
  }

  get byteLength(): number {
    return this.file.length;
  }

  get version(): string {
    this.filed ??= this.unfiled ?? newVersion();
    return this.filed;
  }

  async receive(source: ByteReader): Promise<void> {
    const hash = this.hash.getWriter();
    for (;;) {
      const chunk = await source.read();
      if (chunk === null) break;
      const hashed = hash.write(chunk);
      await this.parse(chunk);
      await this.file.write(chunk);
      await hashed;
    }
    await hash.close();
    this.digest = this.hash.digest.then((digest) => hexadecimal(new Uint8Array(digest)));
    this.parsed = this.reader.end();
    await this.keepInflated();
  }

  async finish(): Promise<void> {
    const writing = [this.file.finish()];
    if (this.inflated !== undefined) writing.push(this.inflated.finish());
    const { frameTable } = this.parsed;
    if (frameTable !== undefined) {
      this.objects.push('frames');
      writing.push(this.archive.objects.put(this.keyOf('frames'), frameTable));
    }
    const failed = (await Promise.allSettled(writing)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  async abort(): Promise<void> {
    await this.file.abort();
    await this.inflated?.abort();
  }

  private async parse(chunk: Uint8Array): Promise<void> {
    if (!this.reader.deflated) {
      this.reader.push(chunk);
      // The part that tells the transfer syntax may bring deflated bytes with it.
      if (this.reader.deflated) await this.keepInflated();
      return;
    }
    for (let at = 0; at < chunk.length; at += DEFLATED_PIECE_BYTES) {
      this.reader.push(chunk.subarray(at, at + DEFLATED_PIECE_BYTES));
      await this.keepInflated();
    }
  }

  /** Frames and bulk data of a deflated file are read from its inflated data set, kept beside it. */
  private async keepInflated(): Promise<void> {
    if (!this.reader.deflated) return;
    if (this.inflated === undefined) {
      this.inflated = this.writer('inflated');
      this.objects.push('inflated');
    }
    for (const bytes of this.reader.takeInflated()) await this.inflated.write(bytes);
  }

  private writer(object: InstanceObject): ObjectWriter {
    return new ObjectWriter(this.archive.objects, () => this.keyOf(object), this.limits.uploadPartBytes, this.budget);
  }

  private keyOf(object: InstanceObject): string {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = this.identity;
    const known = studyInstanceUID !== undefined && seriesInstanceUID !== undefined && sopInstanceUID !== undefined;
    if (!known && this.filed === undefined) this.unfiled = newUnfiledVersion();
    if (this.unfiled !== undefined) return unfiledKey(this.version, object);
    return instanceKey(
      { studyInstanceUID, seriesInstanceUID, sopInstanceUID } as InstanceIdentity,
      this.version,
      object,
    );
  }
}
