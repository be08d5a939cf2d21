import type { RowMark } from '../ports';
import { RecentValues } from '../retrieve/recent-values';

/** Bytes of search results that an isolate keeps: some 20 pages of a study list. */
const SEARCH_CACHE_BYTES = 4 * 1024 * 1024;

/** Bytes of the longest page that an isolate keeps. */
const LONGEST_KEPT = SEARCH_CACHE_BYTES / 4;

/** Memory of one result and of its part of the body that was made of the results, for each character of its text. */
const BYTES_OF_CHARACTER = 3;

/** A page of search results, and the state of the index that it was made from. */
export interface KeptPage {
  readonly state: string;
  readonly newestRow: RowMark;
  readonly more: boolean;
  /** DICOM JSON texts. */
  readonly results: readonly string[];
}

/**
 * The pages of searches that an isolate has sent last. Study lists are requested again and again, and the index says at each
 * request whether it is still in the state of the kept page. So nothing outdated is found here.
 */
export class SearchCache {
  private readonly kept = new RecentValues<KeptPage>();

  /** Bytes of memory that the pages take, about. */
  get bytes(): number {
    return this.kept.bytes;
  }

  /** Drops all that is kept. */
  drop(): void {
    this.kept.drop();
  }

  /** @param key a digest of everything but the state of the index that the page depends on */
  find(key: string): KeptPage | undefined {
    return this.kept.use(key);
  }

  keep(key: string, page: KeptPage): void {
    const bytes = page.results.reduce((sum, { length }) => sum + length, 0) * BYTES_OF_CHARACTER;
    if (bytes > LONGEST_KEPT) return;
    this.kept.keep(key, page, bytes);
    this.kept.shrinkTo(SEARCH_CACHE_BYTES);
  }
}
