import type { SeriesRecord, StudyRecord } from '../commit-group';
import type { SeriesIdentity } from '../identities';
import type { MetadataLocation } from '../rows';
import type { ValueGroup } from './value-group';

/** How far the attributes that a deployment searches beyond the standard's keys are indexed. */
export interface SearchAttributeIndex {
  state(): Promise<IndexingState>;
  /**
   * Makes the index know these attributes, from now on.
   * @param now milliseconds since 1970
   * @returns whether any of them is new
   */
  add(names: readonly string[], now: number): Promise<boolean>;
  /** Gives up every attribute but these: no search finds their values any more. */
  keepOnly(names: readonly string[]): Promise<void>;
  /** Deletes at most `limit` values of attributes that were given up. @returns whether there are none left */
  deleteGivenUp(limit: number): Promise<boolean>;
  /** Series in the order of their rows, the first one that is not done first; at most `limit`. */
  seriesAfter(position: Position, limit: number): Promise<readonly SeriesToIndex[]>;
  /** Series that have to be indexed again, at most `limit`. */
  markedSeries(limit: number): Promise<readonly SeriesToIndex[]>;
  /**
   * Where the metadata of the series' instances lies, in the order of their UIDs.
   * @param limit of a single series; of several, all come
   */
  instancesOf(series: readonly SeriesToIndex[], limit: number): Promise<readonly MetadataLocation[]>;
  /** Puts values into the index, and notes in the same transaction what is done by that. */
  keep(values: IndexedValues, done?: Advance | MarksDone): Promise<void>;
  /** Fills the columns of studies and series that are as these records were made of. */
  describe(description: Descriptions): Promise<void>;
  /** Everything there is comes before this position: attributes that have come to it are complete. */
  complete(position: Position, now: number): Promise<void>;
}

export type IndexedValues = Pick<ValueGroup, 'studies' | 'series' | 'instances'>;

export interface IndexingState {
  readonly attributes: readonly AttributeState[];
  /** Series that have to be indexed again; no more than 1000 are counted. */
  readonly waiting: number;
  /** The last series whose columns are filled; undefined when all are. */
  readonly describedTo?: number | undefined;
  /** Some attributes were given up, and their values have to be deleted. */
  readonly givenUp: boolean;
}

export interface AttributeState {
  /** ExtraAttribute.name */
  readonly name: string;
  readonly position: Position;
  readonly seriesDone: number;
  readonly seriesTotal: number;
  /** When indexing last came on: milliseconds since 1970. */
  readonly updatedAt: number;
  /** Every instance that was stored before is indexed. */
  readonly complete: boolean;
}

export interface Descriptions {
  readonly studies: readonly StudyRecord[];
  readonly series: readonly SeriesRecord[];
  /** The last of the series; undefined when there are no more. */
  readonly seriesRow: number | undefined;
}

/** A place in the order in which series are indexed. */
export interface Position {
  /** Row of the last series that indexing has come to; 0 at the beginning. */
  readonly seriesRow: number;
  /** The last instance of it that is done; null: all of the series is. */
  readonly sopInstanceUID: string | null;
}

export interface SeriesToIndex extends SeriesIdentity {
  readonly row: number;
  /** Instances that the series has. */
  readonly instances: number;
  /** DICOM JSON text that the index keeps. */
  readonly studyAttributes: string;
  readonly seriesAttributes: string;
  /** Its instances up to this one are done already. */
  readonly after: string | null;
  /** Of a marked series: for how many reasons it was. */
  readonly marks?: number;
}

/** These attributes have come to the second position, but for those that are beyond it already. */
export interface Advance {
  readonly names: readonly string[];
  readonly from: Position;
  readonly to: Position;
  readonly seriesDone: number;
  readonly now: number;
}

/** Marked series that are done, and how far the last one is. */
export interface MarksDone {
  readonly done: readonly SeriesToIndex[];
  readonly partly?: { readonly series: SeriesToIndex; readonly sopInstanceUID: string };
  readonly now: number;
}
