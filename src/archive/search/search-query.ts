import type { QueryLevel, SearchKey } from './search-keys';

/** What a search matches, and which of the matches it returns (PS3.18 8.3.4). All of it has been checked. */
export interface SearchCriteria {
  readonly level: QueryLevel;
  /** The study and the series that the path of the resource names. */
  readonly studyInstanceUID?: string | undefined;
  readonly seriesInstanceUID?: string | undefined;
  readonly matches: readonly Match[];
  /** PS3.4 C.2.2.2.1.3: also find names that sound alike or have their words in another order. */
  readonly fuzzyMatching: boolean;
  /**
   * The time zone of the dates and times in the request, as its Timezone Offset From UTC (0008,0201) states it,
   * minutes; absent when they are compared as stored.
   */
  readonly timezoneOffset?: number | undefined;
  /** The order that the client wants, first term first; empty for the index's own order, which is also stable. */
  readonly orderBy: readonly OrderTerm[];
  readonly limit: number;
  readonly offset: number;
}

/** A search as a client requests it. */
export interface SearchRequest extends SearchCriteria {
  readonly include: IncludeFields;
}

/** A search as the index runs it. */
export interface SearchQuery extends SearchCriteria {
  /** Case matters in every text except names (PS3.4 C.2.2.2.1). */
  readonly caseSensitive: boolean;
  /** Levels whose attributes are read. The identifiers of every level, from the study down, are always read. */
  readonly attributesOf: readonly QueryLevel[];
  /**
   * The newest row, of the level of the search, that counts: instances that were stored after a client's first page
   * must not shift the following pages. Absent when all rows count. RowMark of ports.ts.
   */
  readonly newestRow?: number | string | undefined;
}

/** One term of the client's order. */
export interface OrderTerm {
  readonly key: SearchKey;
  readonly descending: boolean;
}

/** Attributes that the client wants in addition to those of every response (PS3.18 8.3.4.3). */
export interface IncludeFields {
  readonly all: boolean;
  /** Eight hexadecimal digits. An attribute inside a sequence includes the whole sequence. */
  readonly tags: readonly string[];
  /**
   * The owners of the blocks of the private tags above: Private Creator by the tag with which the client named it
   * (PS3.5 7.8.1).
   */
  readonly privateCreators?: ReadonlyMap<string, string>;
}

/** One matching key and the value to match. */
export interface Match {
  readonly key: SearchKey;
  readonly value: MatchValue;
}

/** PS3.4 C.2.2.2: the value that a key is matched with. */
export type MatchValue =
  | { readonly kind: 'single'; readonly value: string }
  /** A list of UIDs, or the values of ModalitiesInStudy, which clients separate by commas. */
  | { readonly kind: 'list'; readonly values: readonly string[] }
  /** Multiple value matching (C.2.2.2.8): the attribute has each of these values. */
  | { readonly kind: 'all'; readonly values: readonly string[] }
  /** Empty value matching (C.2.2.2.7): the attribute is absent or has no value. */
  | { readonly kind: 'empty' }
  /** `*` in the pattern stands for any characters, and `?` for exactly one. */
  | { readonly kind: 'wildcard'; readonly pattern: string }
  /**
   * Both ends are inclusive; an absent end is open. Dates are YYYYMMDD; times are HH, HHMM, HHMMSS or HHMMSS.FFFFFF. An
   * end without the smaller units stands for the whole unit that it names.
   */
  | {
      readonly kind: 'range';
      readonly from?: string;
      readonly to?: string;
      /** The client named one moment, and not a range of moments. */
      readonly isOne?: true;
    };
