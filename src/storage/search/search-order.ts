import type { QueryLevel } from '../../archive/search/search-keys';
import { type SearchKey, TAG } from '../../archive/search/search-keys';
import type { OrderTerm, SearchQuery } from '../../archive/search/search-query';
import { SOP_CLASS_UID } from '../instance-form';
import { extraOrder } from '../search-attributes/extra-attribute-sql';
import { type Fragment, fragment, joined, sql } from '../statements/sql-fragment';
import { fuzzyRankSQL, rankedKey } from './fuzzy-sql';
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

/** A term of the order as a value that is compared outside of the database. Null comes last, whatever the direction. */
export interface OrderKey {
  readonly expression: Fragment;
  readonly descending: boolean;
}

/** What the order of studies ends with, because no two studies have the same: it says nothing of other databases. */
const LAST_OF_STUDY = 'study.id DESC';

/** The terms that order rows of several databases. The terms after them order only rows of one study. */
export function keysOf(query: SearchQuery): OrderKey[] {
  const order = orderOf(query);
  const last = order.findIndex(({ sql }) => sql === LAST_OF_STUDY);
  return order.slice(0, Math.max(0, last)).map(({ sql: term, parameters }) => ({
    expression: fragment(term.replace(/ (DESC|(ASC )?NULLS LAST)$/, ''), ...parameters),
    descending: term.endsWith(' DESC'),
  }));
}

/** The terms of `keysOf` as columns: `key_0` and so on. */
export function keysSQL(query: SearchQuery): Fragment {
  const keys = keysOf(query).map(({ expression }, at) => sql`${expression} AS key_${at}`);
  return keys.length === 0 ? fragment('NULL AS key_0') : joined(keys, ', ');
}

/** ORDER BY with the terms of an order. */
export function orderBySQL(order: Order): Fragment {
  return sql`ORDER BY ${joined(order, ', ')}`;
}

/** Whether studies come newest first, except that similar names may come before. */
export function isByDate({ orderBy }: SearchQuery): boolean {
  return orderBy.every(({ key, descending }, at) => descending && key.path === [TAG.studyDate, TAG.studyTime][at]);
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
