import type { QueryLevel, SearchKey } from './attributes';

/** What a search matches, and which of the matches are wanted (PS3.18 8.3.4), already checked. */
export interface SearchCriteria {
  readonly level: QueryLevel;
  /** From the resource's path. */
  readonly studyInstanceUID?: string | undefined;
  readonly seriesInstanceUID?: string | undefined;
  readonly matches: readonly Match[];
  /** PS3.4 C.2.2.2.1.3: also find names of similar sound or order. */
  readonly fuzzyMatching: boolean;
  /** What Timezone Offset From UTC (0008,0201) of the request says of the dates and times asked for, minutes; absent: they are compared as stored. */
  readonly timezoneOffset?: number | undefined;
  /** The client's order, the first term first; empty: the index's own, which is stable too. */
  readonly orderBy: readonly OrderTerm[];
  readonly limit: number;
  readonly offset: number;
}

/** A search as a client asks for it. */
export interface SearchRequest extends SearchCriteria {
  readonly include: IncludeFields;
}

/** A search as the index runs it. */
export interface SearchQuery extends SearchCriteria {
  /** Case counts in every text but names (PS3.4 C.2.2.2.1). */
  readonly caseSensitive: boolean;
  /** Levels whose attributes are read; the identifiers of every level from the study down always are. */
  readonly attributesOf: readonly QueryLevel[];
  /**
   * The newest row, of the level searched, that counts: what was stored after a client's first page must not shift the
   * next ones. Absent: all count.
   */
  readonly newestRow?: number | undefined;
}

export interface OrderTerm {
  readonly key: SearchKey;
  readonly descending: boolean;
}

/** Attributes wanted beyond those that every answer has (PS3.18 8.3.4.3). */
export interface IncludeFields {
  readonly all: boolean;
  /** Eight hexadecimal digits. An attribute inside a sequence brings the whole sequence. */
  readonly tags: readonly string[];
  /** Who has the blocks that private tags above are written in: Private Creator by the tag it was asked with (PS3.5 7.8.1). */
  readonly privateCreators?: ReadonlyMap<string, string>;
}

/** One matching key, and what it is matched with. */
export interface Match {
  readonly key: SearchKey;
  readonly value: MatchValue;
}

/** PS3.4 C.2.2.2: what a value is matched with. */
export type MatchValue =
  | { readonly kind: 'single'; readonly value: string }
  /** List of UID matching, and the comma lists that ModalitiesInStudy comes with. */
  | { readonly kind: 'list'; readonly values: readonly string[] }
  /** Multiple value matching (C.2.2.2.8): each of them is a value of the attribute. */
  | { readonly kind: 'all'; readonly values: readonly string[] }
  /** Empty value matching (C.2.2.2.7): the attribute is absent or has no value. */
  | { readonly kind: 'empty' }
  /** `*` and `?` in the pattern stand for any characters, and any one. */
  | { readonly kind: 'wildcard'; readonly pattern: string }
  /**
   * Both ends inclusive; an absent end is open. Dates YYYYMMDD; times HH, HHMM, HHMMSS or HHMMSS.FFFFFF, an end that
   * leaves out smaller units standing for all of the unit it names.
   */
  | { readonly kind: 'range'; readonly from?: string; readonly to?: string };
