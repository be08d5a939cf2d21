import { digestOf } from '../bytes';
import type { Archive } from '../ports';
import type { SearchCriteria } from './search-query';

/*
 * PS3.18 8.3.4.4 pages by offset alone, and the newest studies come first: what arrives between two pages would move
 * every later one, and clients would see results twice. So the first page of an answer that has more remembers the newest
 * row there is, under a digest of the search and of who asks; the pages after it leave out what is newer. Asking for the
 * first page again begins anew.
 */

/** For how long a client's pages belong together, milliseconds. */
export const PAGING_MS = 60 * 60 * 1000;

/**
 * Names one client's paging through one search. A digest: neither what was searched for nor who asked can be read from it.
 * @param asker what tells clients apart: their credentials, or where they come from
 */
export async function pagingKey(archive: Archive, criteria: SearchCriteria, asker: string): Promise<string> {
  const { limit: _, offset: __, matches, ...search } = criteria;
  const ordered = [...matches].sort((one, other) => (one.key.path < other.key.path ? -1 : 1));
  const matched = ordered.map(({ key, value }) => [key.path, value]);
  const orderBy = search.orderBy.map(({ key, descending }) => [key.path, descending]);
  return await digestOf(JSON.stringify([archive.name, asker, { ...search, orderBy }, matched]));
}
