import type { CommitGroup, CommitOutcome, SegmentReplacement } from './commit-group';
import type { InstanceIdentity, Scope, SeriesIdentity } from './identities';
import type { SeriesTimes } from './metadata/compaction-tiers';
import type { RemovalIndex } from './remove/removals';
import type { SweepIndex } from './remove/sweep-index';
import type { InstanceRow, MetadataLocation, SearchRow, SegmentRow } from './rows';
import type { SearchQuery } from './search/search-query';
import type { SearchAttributeIndex } from './search-attributes/search-attribute-index';
import type { KeptAnswers } from './store/kept-answers';

/**
 * One isolated archive: everything that the use cases need, and all they may touch. Nothing above storage/ knows which
 * database or bucket lies behind it.
 */
export interface Archive {
  /** Tells archives apart in caches and queue messages. */
  readonly name: string;
  readonly objects: ObjectStore;
  readonly index: ArchiveIndex;
  readonly searchAttributes: SearchAttributeIndex;
  readonly removals: RemovalIndex;
  readonly sweeps: SweepIndex;
  readonly marks: PagingMarks;
  readonly compaction: CompactionQueue;
  readonly answers: KeptAnswers;
  readonly status: ArchiveStatus;
}

/** What an archive is kept in. */
export type ServicePart = 'database' | 'bucket' | 'queue';

/** For those who watch over an archive. */
export interface ArchiveStatus {
  /** Asks a service for next to nothing. @throws what the service says when it fails */
  ask(part: ServicePart): Promise<void>;
}

/** Immutable objects by key. Keys are relative to the archive. */
export interface ObjectStore {
  /** Writes a whole object. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Writes a whole object, unless there is one under the key: then nothing changes. */
  create(key: string, bytes: Uint8Array): Promise<void>;
  /** Begins an object that is written in parts, each of `partBytes` but the last. */
  begin(key: string): Promise<ObjectUpload>;
  /**
   * Opens an object, or `length` bytes of it from `offset`.
   * @returns null when there is no such object
   */
  read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | null>;
  /**
   * Deletes objects; a key that does not exist is no error. A request may delete only what it has written itself and what
   * no row has ever named; everything else is the sweeper's (sweep.ts).
   */
  delete(keys: readonly string[]): Promise<void>;
  /** Lists keys in order, at most 1000 a call. */
  list(prefix: string, cursor?: string): Promise<ObjectList>;
}

export interface ObjectList {
  readonly objects: readonly { readonly key: string; readonly uploaded: number }[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** An object being written in parts; nothing can be read before `complete`. */
export interface ObjectUpload {
  /** Parts are numbered from 1 in the order of the calls' arguments; calls may overlap. */
  part(number: number, bytes: Uint8Array): Promise<void>;
  complete(): Promise<void>;
  abort(): Promise<void>;
}

/** What decides which bytes count. Every method is one round trip to the database. */
export interface ArchiveIndex {
  /** Makes a group of instances visible at once, in one transaction. */
  commit(group: CommitGroup): Promise<readonly CommitOutcome[]>;
  search(query: SearchQuery): Promise<SearchPage>;
  /** The row numbers of what a search within a study matches, of the level searched, in the order of the answer. */
  matchingRows(query: SearchQuery): Promise<readonly number[]>;
  /** What rows of the level searched hold, in their order; without those that are gone. */
  rowsOf(query: Pick<SearchQuery, 'level' | 'attributesOf'>, ids: readonly number[]): Promise<readonly SearchRow[]>;
  /** How many entities the query matches in all, whatever its limit and offset. */
  count(query: SearchQuery): Promise<number>;
  /**
   * Instances in the order they were stored, from just after row `after`.
   * @returns at most `limit` rows
   */
  instances(scope: Scope, after: number, limit: number): Promise<readonly InstanceRow[]>;
  /**
   * The instance asked for, if it exists, and up to `neighbours` of its series around it in the order of their UIDs, for a
   * viewer that scrolls. Neighbours whose layouts are long are left out.
   */
  layouts(instance: InstanceIdentity, neighbours: number): Promise<readonly InstanceRow[]>;
  /**
   * The instance that stands for a study or a series in a picture: of the image series with most instances (segmentations
   * and doses count as images only where there are no others) the one in the middle.
   * @returns undefined when there is no image
   */
  representative(scope: Scope): Promise<InstanceRow | undefined>;
  /** A key of this name that nobody outside the archive knows: 32 random bytes, made when it is first asked for. */
  secret(name: string): Promise<Uint8Array>;
  /** The metadata objects in use of a study or a series, in the order written. Empty: there is no such entity. */
  segments(scope: Scope): Promise<readonly SegmentRow[]>;
  /** Where each instance's metadata lies: for an instance, or where segments hold entries that no longer count. */
  metadataLocations(scope: Scope): Promise<readonly MetadataLocation[]>;
  /** Where the metadata of these instances lies; those that are gone are left out. */
  metadataLocationsOf(instances: readonly InstanceIdentity[]): Promise<readonly MetadataLocation[]>;
  /** Where the metadata of the instances of these segments lies, in the order written. */
  metadataLocationsIn(segments: readonly string[]): Promise<readonly MetadataLocation[]>;
  /** When a series was stored to first and last; undefined when it is gone. */
  seriesTimes(series: SeriesIdentity): Promise<SeriesTimes | undefined>;
  /** Moves the instances of several metadata segments to one, where they still are as the replacement supposes. */
  replaceSegments(replacement: SegmentReplacement): Promise<void>;
  /** Instances of a series with one uncompressed frame of which nobody knows whether it can have a copy. */
  framesToCopy(series: SeriesIdentity, limit: number): Promise<readonly InstanceRow[]>;
  /** Keeps how long the copies of frames are: InstanceLayout.copyLength. */
  keepFrameCopies(copies: readonly FrameCopy[]): Promise<void>;
}

/** @see ArchiveIndex.keepFrameCopies */
export interface FrameCopy extends Pick<InstanceRow, 'id' | 'version'> {
  /** Bytes; 0: there is none to be had. */
  readonly length: number;
}

/** Matches of a search in its order, as many as its limit allows, from its offset on. */
export interface SearchPage {
  readonly rows: readonly SearchRow[];
  /** The newest row of the level searched at that moment: what SearchQuery.newestRow confines later pages to. 0: none. */
  readonly newestRow: number;
}

/** Remembers where clients began to page through a search: see paging.ts. */
export interface PagingMarks {
  /** @param now milliseconds since 1970 */
  remember(key: string, newestRow: number, now: number): Promise<void>;
  /** @returns undefined when there is none, or an old one */
  recall(key: string, now: number): Promise<number | undefined>;
  /** Forgets what was remembered before this time, milliseconds since 1970. */
  forgetBefore(time: number): Promise<void>;
}

/** Asks for work in the background, soon. */
export interface CompactionQueue {
  /**
   * The metadata of each of these series is to be merged.
   * @param delayMs not before so many milliseconds have passed
   */
  request(series: readonly SeriesIdentity[], delayMs?: number): Promise<void>;
  /** A run of the re-index job. */
  requestReindex(): Promise<void>;
  /** Frames of each of these series are to be copied, once it has been still for a while. */
  requestFrameCopies(series: readonly SeriesIdentity[]): Promise<void>;
}
