import { digestOf } from '../bytes';
import type { Archive } from '../ports';
import type { SearchCriteria } from './search-query';

/*
 * PS3.18 8.3.4.4 pages only by offset, and the newest studies come first. A study that arrives between two pages would
 * move all later results, and clients would see some of them twice. So when the first page is not the last one, the
 * archive remembers the newest row of that moment, under a digest of the search and of the client. The following pages
 * leave out newer rows. A request for the first page starts again.
 */

/** Milliseconds for which the pages of one client belong together. */
export const PAGING_MS = 60 * 60 * 1000;

/**
 * Names one client's paging through one search. It is a digest: it reveals neither the search nor the client.
 * @param asker identifies the client: its principal, its credentials or its address
 */
export async function pagingKey(archive: Archive, criteria: SearchCriteria, asker: string): Promise<string> {
  const { limit: _, offset: __, matches, ...search } = criteria;
  const ordered = [...matches].sort((one, other) => (one.key.path < other.key.path ? -1 : 1));
  const matched = ordered.map(({ key, value }) => [key.path, value]);
  const orderBy = search.orderBy.map(({ key, descending }) => [key.path, descending]);
  return await digestOf(JSON.stringify([archive.name, archive.view, asker, { ...search, orderBy }, matched]));
}
