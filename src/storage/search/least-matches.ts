import { TAG } from '../../archive/search/search-keys';
import type { SearchQuery } from '../../archive/search/search-query';

const UIDS = { study: TAG.studyInstanceUID, series: TAG.seriesInstanceUID, instance: TAG.sopInstanceUID };

/**
 * The matches of a page below which something may be missing that was stored a moment ago: one, or one for each of the UIDs that
 * the search names.
 */
export function leastMatches({ level, matches, limit }: SearchQuery): number {
  const value = matches.find(({ key }) => key.path === UIDS[level])?.value;
  return Math.min(limit, value?.kind === 'list' ? value.values.length : 1);
}
