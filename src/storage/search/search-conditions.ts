import type { QueryLevel } from '../../archive/search/search-keys';
import { type SearchKey, TAG } from '../../archive/search/search-keys';
import type { Match, MatchValue, SearchQuery } from '../../archive/search/search-query';
import type { DatabaseQuery } from '../index/database-index';
import { SOP_CLASS_UID } from '../instance-form';
import { extraConditions } from '../search-attributes/extra-attribute-sql';
import { all, type Fragment, fragment, joined, sql, value } from '../statements/sql-fragment';
import { fuzzyNameSQL, fuzzyRankSQL, rankedKey } from './fuzzy-sql';
import { nameSQL } from './name-sql';
import { momentSQL, rangeSQL, STEP_MOMENT, STUDY_MOMENT } from './search-dates';
import { caselessSQL, foldedValue, itemAsStored, textSQL } from './text-sql';
import { instancesMatched } from './uid-sql';
import { wildcardSQL } from './wildcard-sql';

/** The conditions that the entities of each level have to meet, over the tables study, series and instance. */
export type Conditions = Readonly<Record<QueryLevel, readonly Fragment[]>>;

/** The conditions that a search sets, by level. */
export function conditionsOf(query: DatabaseQuery): Conditions {
  const { conditions: extra, rest } = extraConditions(query);
  return {
    study: [
      ...scope(query.studyInstanceUID, 'study.study_instance_uid'),
      ...momentSQL(STUDY_MOMENT, ...valuesOf(query, TAG.studyDate, TAG.studyTime), query.timezoneOffset),
      ...keyConditions(query, rest, 'study'),
      ...extra.study,
    ],
    series: [
      ...scope(query.seriesInstanceUID, 'series.series_instance_uid'),
      ...momentSQL(STEP_MOMENT, ...valuesOf(query, ...STEP_KEYS), query.timezoneOffset),
      ...keyConditions(query, rest, 'series'),
      ...requestConditions(
        rest.filter(({ key }) => isOfRequest(key)),
        query.caseSensitive,
      ),
      ...extra.series,
    ],
    instance: [...keyConditions(query, rest, 'instance'), ...extra.instance],
  };
}

const STEP_KEYS = [TAG.performedProcedureStepStartDate, TAG.performedProcedureStepStartTime] as const;

function scope(uid: string | undefined, column: string): Fragment[] {
  return uid === undefined ? [] : [fragment(`${column} = ?`, uid)];
}

/** The column of a key that is kept in a column. */
export function columnOf(key: SearchKey): string {
  if (key.source.kind !== 'column') throw new TypeError(`${key.path} is not kept in a column`);
  return key.source.column;
}

/** Whether a key is inside Request Attributes Sequence. */
export function isOfRequest(key: SearchKey): boolean {
  return key.path.startsWith(`${TAG.requestAttributesSequence}.`);
}

/** The value that a search matches a key with; undefined when it does not match the key. */
export function matchedBy(query: Pick<SearchQuery, 'matches'>, path: string): MatchValue | undefined {
  return query.matches.find(({ key }) => key.path === path)?.value;
}

function valuesOf(query: SearchQuery, date: string, time: string): [MatchValue | undefined, MatchValue | undefined] {
  return [matchedBy(query, date), matchedBy(query, time)];
}

const MOMENTS: ReadonlySet<string> = new Set([
  TAG.studyDate,
  TAG.studyTime,
  TAG.performedProcedureStepStartDate,
  TAG.performedProcedureStepStartTime,
]);

/** Whether momentSQL matches a key together with another one. */
function isOfMoment(key: SearchKey): boolean {
  return MOMENTS.has(key.path);
}

function keyConditions(query: DatabaseQuery, matches: readonly Match[], level: QueryLevel): Fragment[] {
  const conditions: Fragment[] = [];
  if (query.newestRow !== undefined && query.level === level) {
    const isOlder = fragment(`${level}.id <= ?`, query.newestRow);
    conditions.push(query.movedIn ? sql`(${isOlder} OR ${hasMovedIn(level)})` : isOlder);
  }
  if (level === 'study' && query.notCounted !== undefined) conditions.push(countsHere(query.notCounted));
  const ranked = level === 'study' && query.ranks !== undefined ? rankedKey(query) : undefined;
  for (const { key, value } of matches) {
    if (key.level !== level || isOfMoment(key) || isOfRequest(key)) continue;
    const column = columnOf(key);
    const named = key.path === TAG.sopInstanceUID ? instancesMatched(value) : undefined;
    if (named !== undefined) conditions.push(sql`instance.id IN (${named})`);
    else if (key.path === TAG.sopClassUID) conditions.push(textSQL(`(${SOP_CLASS_UID})`, value));
    else if (key.matching !== 'name') conditions.push(columnSQL(key, `${level}.${column}`, value, query.caseSensitive));
    else conditions.push(query.fuzzyMatching ? fuzzyNameSQL(column, value) : nameSQL(column, value));
    // A series has few SOP classes, and may have many instances.
    if (key.path === TAG.sopClassUID) conditions.push(sopClassOfSeries(value));
  }
  if (ranked !== undefined) {
    conditions.push(sql`(${fuzzyRankSQL(columnOf(ranked.key), ranked.value)}) < ${value(query.ranks ?? 0)}`);
  }
  return conditions;
}

/**
 * Whether a row came from another database, together with its study. Rows that the study has got since then are not
 * among them.
 */
function hasMovedIn(level: QueryLevel): string {
  return `EXISTS (SELECT 1 FROM moved_in
    WHERE moved_in.study_instance_uid = study.study_instance_uid AND ${level}.created_at < moved_in.moved_at)`;
}

function countsHere(notCounted: readonly string[]): Fragment {
  return fragment('study.study_instance_uid NOT IN (SELECT value FROM json_each(?))', JSON.stringify(notCounted));
}

function sopClassOfSeries(value: MatchValue): Fragment {
  return sql`EXISTS (SELECT 1 FROM series_sop_class
    WHERE series_sop_class.series_id = series.id AND ${textSQL('series_sop_class.sop_class_uid', value)})`;
}

function columnSQL(key: SearchKey, column: string, value: MatchValue, caseSensitive: boolean): Fragment {
  switch (key.matching) {
    case 'modalities':
      return modalitiesSQL(column, value);
    case 'date':
      return rangeSQL(column, value);
    case 'number':
      return numberSQL(column, value);
    case 'caseless':
      return caselessSQL(key, column, value, caseSensitive);
    default:
      return textSQL(column, value);
  }
}

function numberSQL(column: string, matched: MatchValue): Fragment {
  switch (matched.kind) {
    case 'single':
      return fragment(`${column} = ?`, Number(matched.value));
    case 'list':
      return fragment(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(matched.values.map(Number)));
    case 'all':
      return all(matched.values.map((each) => fragment(`${column} = ?`, Number(each))));
    case 'empty':
      return fragment(`${column} IS NULL`);
    default:
      throw new TypeError(`a number cannot be matched by ${matched.kind}`);
  }
}

/** A study matches when one of its modalities does (PS3.4 C.3.4). The column joins the modalities with backslashes. */
function modalitiesSQL(column: string, matched: MatchValue): Fragment {
  const has = (held: Fragment | string) => sql`instr('\\' || ${column} || '\\', '\\' || ${held} || '\\') > 0`;
  switch (matched.kind) {
    case 'single':
      return has(value(matched.value));
    case 'list':
    case 'all': {
      const wanted = sql`SELECT 1 FROM json_each(${value(JSON.stringify(matched.values))}) AS wanted`;
      return matched.kind === 'all'
        ? sql`NOT EXISTS (${wanted} WHERE NOT (${has('wanted.value')}))`
        : sql`EXISTS (${wanted} WHERE ${has('wanted.value')})`;
    }
    case 'wildcard':
      // The column as a JSON array of its values: JSON text writes a backslash as two.
      return sql`EXISTS (
        SELECT 1 FROM json_each('[' || replace(json_quote(${column}), '\\\\', '","') || ']') AS held
        WHERE ${wildcardSQL('held.value', matched.pattern)})`;
    case 'empty':
      return fragment(`${column} = ''`);
    case 'range':
      throw new TypeError('modalities cannot be matched by range');
  }
}

/**
 * Sequence matching (PS3.4 C.2.2.2.6): one item has to match every key. When all keys have to be empty, a series
 * without items also matches.
 */
function requestConditions(matches: readonly Match[], caseSensitive: boolean): Fragment[] {
  if (matches.length === 0) return [];
  const items = 'SELECT 1 FROM request_attribute WHERE request_attribute.series_id = series.id';
  const held = all(
    matches.map(({ key, value }) => {
      const column = `request_attribute.${columnOf(key)}`;
      return value.kind === 'empty'
        ? fragment(`${column} = ''`)
        : sql`${column} <> '' AND ${textSQL(column, foldedValue(value))}`;
    }),
  );
  const item = sql`EXISTS (${items} AND ${held})`;
  const none = fragment(`NOT EXISTS (${items})`);
  if (matches.every(({ value }) => value.kind === 'empty')) return [joined([item, none], 'OR')];
  return caseSensitive ? [item, itemAsStored(matches)] : [item];
}
