/** The level of the entities that a search returns (PS3.18 10.6.1). */
export type QueryLevel = 'study' | 'series' | 'instance';

/** A search as PS3.18 8.3.4 describes it, already checked. */
export interface SearchQuery {
  readonly level: QueryLevel;
  /** From the resource's path. */
  readonly studyInstanceUID?: string;
  readonly seriesInstanceUID?: string;
  readonly matches: readonly Match[];
  /** PS3.4 C.2.2.2.1.3: also find names of similar sound or order. */
  readonly fuzzyMatching: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** One matching key: an attribute of the table in attributes.ts by its tag, and how to match it. */
export interface Match {
  /** Eight hexadecimal digits, or the path of tags joined by dots for an attribute inside a sequence. */
  readonly tag: string;
  readonly value: MatchValue;
}

/** PS3.4 C.2.2.2: what a value is matched with. */
export type MatchValue =
  | { readonly kind: 'single'; readonly value: string }
  /** List of UID matching, and the comma lists that ModalitiesInStudy comes with. */
  | { readonly kind: 'list'; readonly values: readonly string[] }
  /** `*` and `?` in the pattern stand for any characters, and any one. */
  | { readonly kind: 'wildcard'; readonly pattern: string }
  /** Both ends inclusive; an absent end is open. Dates YYYYMMDD, times as digits with an optional fraction. */
  | { readonly kind: 'range'; readonly from?: string; readonly to?: string };
