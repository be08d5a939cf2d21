import type { SeriesRecord, StudyRecord } from '../commit-group';
import type { SeriesIdentity } from '../identities';
import type { MetadataLocation } from '../rows';
import type { ValueGroup } from './value-group';

/** The part of the index that keeps the extra attributes of a deployment, and how far they are indexed. */
export interface SearchAttributeIndex extends IndexedSeries {
  /** How far everything is indexed. */
  state(): Promise<IndexingState>;
  /**
   * Makes these attributes known to the index, from now on.
   * @param now milliseconds since 1970
   * @returns whether any of them is new
   */
  add(names: readonly string[], now: number): Promise<boolean>;
  /** Gives up every attribute except these: searches no longer find the values of the others. */
  keepOnly(names: readonly string[]): Promise<void>;
  /**
   * Deletes at most `limit` values of attributes that were given up.
   * @returns whether none are left
   */
  deleteGivenUp(limit: number): Promise<boolean>;
  /** Puts values into the index, and records in the same transaction how far indexing is then. */
  keep(values: IndexedValues, done?: Advance | MarksDone): Promise<void>;
  /**
   * Fills the columns of those studies and series whose attributes are still the ones that these records were made of.
   */
  describe(description: Descriptions): Promise<void>;
  /** No instance comes after this position: attributes that have reached it are complete. */
  complete(position: Position, now: number): Promise<void>;
}

/** What indexing reads: series, and where the metadata of their instances is. */
export interface IndexedSeries {
  /** @returns at most `limit` series in the order of their rows, beginning with the first one that is not done */
  seriesAfter(position: Position, limit: number): Promise<readonly SeriesToIndex[]>;
  /** Series that have to be indexed again, at most `limit`. */
  markedSeries(limit: number): Promise<readonly SeriesToIndex[]>;
  /**
   * The locations of the metadata of the series' instances, in the order of their UIDs.
   * @param limit of instances, for a single series; of several series all instances are given
   */
  instancesOf(series: readonly SeriesToIndex[], limit: number): Promise<readonly MetadataLocation[]>;
}

/** Values of studies, series and instances that go to the index. */
export type IndexedValues = Pick<ValueGroup, 'studies' | 'series' | 'instances'>;

/** How far the index is in line with the configuration. */
export interface IndexingState {
  readonly attributes: readonly AttributeState[];
  /** Series that have to be indexed again. The count stops at 1000. */
  readonly waiting: number;
  /** The last series whose columns are filled; undefined when all are. */
  readonly describedTo?: number | undefined;
  /** Some attributes were given up, and their values have to be deleted. */
  readonly givenUp: boolean;
}

/** How far one attribute is indexed. */
export interface AttributeState {
  /** ExtraAttribute.name */
  readonly name: string;
  readonly position: Position;
  readonly seriesDone: number;
  readonly seriesTotal: number;
  /** When indexing last made progress: milliseconds since 1970. */
  readonly updatedAt: number;
  /** Every instance that was stored before is indexed. */
  readonly complete: boolean;
}

/** Records of some studies and series, made from the attributes that the index keeps of them. */
export interface Descriptions {
  readonly studies: readonly StudyRecord[];
  readonly series: readonly SeriesRecord[];
  /** The last of the series; undefined when there are no more. */
  readonly seriesRow: number | undefined;
}

/** A place in the order in which series are indexed. */
export interface Position {
  /** Row of the last series that indexing has reached; 0 at the beginning. */
  readonly seriesRow: number;
  /** The last instance of that series that is done; null when the whole series is done. */
  readonly sopInstanceUID: string | null;
}

/** A series whose attributes have to be indexed. */
export interface SeriesToIndex extends SeriesIdentity {
  readonly row: number;
  /** Number of instances of the series. */
  readonly instances: number;
  /** DICOM JSON text that the index keeps. */
  readonly studyAttributes: string;
  readonly seriesAttributes: string;
  /** The instances of the series up to this one are already done. */
  readonly after: string | null;
  /** The number of reasons for which a marked series was marked. */
  readonly marks?: number;
}

/** Progress of indexing: these attributes have reached the position `to`, except for those that are already beyond it. */
export interface Advance {
  readonly names: readonly string[];
  readonly from: Position;
  readonly to: Position;
  readonly seriesDone: number;
  readonly now: number;
}

/** Marked series that are done, and how far indexing of the last one is. */
export interface MarksDone {
  readonly done: readonly SeriesToIndex[];
  readonly partly?: { readonly series: SeriesToIndex; readonly sopInstanceUID: string };
  readonly now: number;
}
