import type { CommitGroup, CommitOutcome, SegmentReplacement } from './commit';
import type { KeptAnswers } from './kept-answers';
import type { RemovalIndex } from './removals';
import type { InstanceRow, MetadataLocation, SearchRow, SegmentRow } from './rows';
import type { SearchAttributeIndex } from './search-attribute-index';
import type { SearchQuery } from './search-query';

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
  /** Begins an object that is written in parts, each of `partBytes` but the last. */
  begin(key: string): Promise<ObjectUpload>;
  /**
   * Opens an object, or `length` bytes of it from `offset`.
   * @returns null when there is no such object
   */
  read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | null>;
  /** Deletes objects; a key that does not exist is no error. */
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
  /** How many entities the query matches in all, whatever its limit and offset. */
  count(query: SearchQuery): Promise<number>;
  /**
   * Instances in the order they were stored, from just after row `after`.
   * @returns at most `limit` rows
   */
  instances(scope: Scope, after: number, limit: number): Promise<readonly InstanceRow[]>;
  /**
   * The instance asked for, if it exists, and up to `neighbours` of its series, for a viewer that scrolls; it may be among
   * them once more.
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
  /** Moves the instances of several metadata segments to one, where they still are as the replacement supposes. */
  replaceSegments(replacement: SegmentReplacement): Promise<void>;
  /** Forgets metadata segments that hold no instance that counts; their objects are then named by no row. */
  deleteDeadSegments(): Promise<void>;
  /** Keys whose time to be deleted has come, at most `limit`. */
  dueDeletions(now: number, limit: number): Promise<readonly string[]>;
  forgetDeletions(keys: readonly string[]): Promise<void>;
  /** Series whose metadata lies in several segments, at most `limit`. */
  scatteredSeries(limit: number): Promise<readonly SeriesIdentity[]>;
  /** Where the last look through the bucket stopped. */
  sweepPosition(): Promise<SweepPosition | undefined>;
  keepSweepPosition(position: SweepPosition): Promise<void>;
  /** The keys of those of these objects that no row names and no deletion waits for. */
  unreferenced(objects: readonly StoredObject[]): Promise<readonly string[]>;
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
  /** The metadata of each of these series is to be merged into one object. */
  request(series: readonly SeriesIdentity[]): Promise<void>;
  /** A run of the re-index job. */
  requestReindex(): Promise<void>;
}

export interface SeriesIdentity {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
}

export interface InstanceIdentity extends SeriesIdentity {
  readonly sopInstanceUID: string;
}

/** A study, a series of it, or an instance of that. */
export interface Scope {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID?: string | undefined;
  readonly sopInstanceUID?: string | undefined;
}

/** A place in the listing of the bucket. */
export interface SweepPosition {
  readonly prefix: string;
  readonly cursor?: string;
}

/** An R2 object as its key describes it: an instance's (with version) or a metadata segment. */
export interface StoredObject extends Partial<SeriesIdentity> {
  readonly key: string;
  readonly sopInstanceUID?: string;
  readonly version?: string;
  readonly segment?: string;
}
