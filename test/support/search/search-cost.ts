import { env } from 'cloudflare:workers';
import type { SearchQuery } from '../../../src/archive/search/search-query';
import { type KeyFinder, parseSearch, type SearchResource } from '../../../src/dicomweb/qido/qido-query';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { searchSQL } from '../../../src/storage/search/search-sql';

export const STUDY: SearchResource = { level: 'study' };
export const SERIES: SearchResource = { level: 'series' };
export const INSTANCE: SearchResource = { level: 'instance' };

/** @returns the rows that D1 says it read for a search (D1 bills these), and the rows returned */
export async function searchCost(
  query: string,
  resource: SearchResource,
  find?: KeyFinder,
): Promise<{ read: number; returned: number }> {
  const { request } = parseSearch(resource, new URLSearchParams(query), DEFAULT_LIMITS, find);
  const { include: _, ...criteria } = request;
  const search: SearchQuery = { ...criteria, caseSensitive: false, attributesOf: [resource.level] };
  const { sql, parameters } = searchSQL(search);
  const { results, meta } = await env.DB.prepare(sql)
    .bind(...parameters)
    .all();
  return { read: meta.rows_read, returned: results.length };
}
