import type { QueryLevel } from '../../archive/search/search-keys';
import { type SearchKey, TAG } from '../../archive/search/search-keys';
import type { OrderTerm, SearchQuery } from '../../archive/search/search-query';
import { SOP_CLASS_UID } from '../instance-form';
import { extraOrder } from '../search-attributes/extra-attribute-sql';
import { type Fragment, fragment, joined, sql } from '../sql-fragment';
import { fuzzyRankSQL, fuzzyWords } from './fuzzy-sql';
import { columnOf, isOfRequest } from './search-conditions';

/** The order of the entities of one level: terms of ORDER BY. */
export type Order = readonly Fragment[];

/** The newest study first. The index of dates, read backwards, gives this order without sorting. */
export const BY_DATE: Order = ['study.study_date DESC', 'study.study_time DESC', 'study.id DESC'].map((term) =>
  fragment(term),
);

const WITHIN_STUDY: Order = ['series.series_number NULLS LAST', 'series.id'].map((term) => fragment(term));
const WITHIN_SERIES: Order = ['instance.instance_number NULLS LAST', 'instance.id'].map((term) => fragment(term));

/**
 * A stable order (PS3.18 8.3.4.4). First the terms that the client wants, with entities without a value last. Then, or
 * when the client wants none: the most similar names when names match fuzzily, the newest study, and inside it series
 * and instances by their numbers.
 */
export function orderOf(query: SearchQuery): Order {
  const asked = query.orderBy.map((term) => orderTerm(term, query.level));
  const usual: Fragment[] = [];
  if (query.studyInstanceUID === undefined) usual.push(...rankOrder(query), ...BY_DATE);
  if (query.level !== 'study' && query.seriesInstanceUID === undefined) usual.push(...WITHIN_STUDY);
  if (query.level === 'instance') usual.push(...WITHIN_SERIES);
  const order = [...asked, ...usual];
  return order.length > 0 ? order : [fragment(`${query.level}.id`)];
}

/** ORDER BY with the terms of an order. */
export function orderBySQL(order: Order): Fragment {
  return sql`ORDER BY ${joined(order, ', ')}`;
}

/** Whether studies come newest first, except that similar names may come before. */
export function isByDate({ orderBy }: SearchQuery): boolean {
  return orderBy.every(({ key, descending }, at) => descending && key.path === [TAG.studyDate, TAG.studyTime][at]);
}

/** The key that ranks names that match fuzzily: the first one whose value has words. */
export function rankedKey({ fuzzyMatching, matches }: SearchQuery) {
  if (!fuzzyMatching) return undefined;
  return matches.find(
    ({ key, value }) => key.matching === 'name' && key.source.kind === 'column' && fuzzyWords(value).length > 0,
  );
}

function rankOrder(query: SearchQuery): Fragment[] {
  const ranked = rankedKey(query);
  return ranked === undefined ? [] : [fuzzyRankSQL(columnOf(ranked.key), ranked.value)];
}

function orderTerm({ key, descending }: OrderTerm, level: QueryLevel): Fragment {
  const held = key.source.kind === 'extra' ? extraOrder(key, level) : orderedValue(key);
  return sql`${held} ${descending ? 'DESC' : 'ASC NULLS LAST'}`;
}

function orderedValue(key: SearchKey): string {
  const column = columnOf(key);
  const empty: readonly string[] = [TAG.modalitiesInStudy];
  if (isOfRequest(key)) {
    return `(SELECT min(${column}) FROM request_attribute WHERE series_id = series.id AND ${column} <> '')`;
  }
  if (key.path === TAG.sopClassUID) return `(${SOP_CLASS_UID})`;
  return empty.includes(key.path) ? `nullif(${key.level}.${column}, '')` : `${key.level}.${column}`;
}
