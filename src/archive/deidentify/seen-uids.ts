import type { InstanceIdentity, Scope } from '../identities';
import type { SearchRow } from '../rows';
import type { QueryLevel } from '../search/search-keys';

/** What a search is limited to. Without a study: all studies that can be seen. */
export interface SearchedPart {
  readonly studyInstanceUID?: string | undefined;
  readonly seriesInstanceUID?: string | undefined;
}

/** The UIDs of a view, and the UIDs of the archive behind it that they replace. */
export interface SeenUIDs {
  /** Bytes of memory that are taken, roughly. */
  readonly bytes: number;
  /** @returns the scope in the archive behind; undefined when there is none */
  original(replaced: Scope): Promise<Scope | undefined>;
  originalInstance(replaced: InstanceIdentity): Promise<InstanceIdentity | undefined>;
  /**
   * The part of the archive behind that a search of `replaced` searches.
   * @returns undefined when nothing can be found there
   */
  searched(replaced: SearchedPart): Promise<SearchedPart | undefined>;
  /** Whether `originalOf` finds the UIDs of a level in this part. If not, a search has to compare the replaced UIDs. */
  finds(level: QueryLevel, part: SearchedPart): boolean;
  /** @returns the UID that a replaced one stands for in a part of the archive behind */
  originalOf(level: QueryLevel, replaced: string, part: SearchedPart): Promise<string | undefined>;
  /** Remembers the studies of an answer, so that later requests may name them. @param rows of the archive behind */
  tell(rows: readonly SearchRow[]): Promise<void>;
  /** The archive's own UID of a study that a request has found. */
  ownStudyUID(replaced: string): string | undefined;
}
