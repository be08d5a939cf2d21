import type { QueryLevel, SearchKey } from '../../archive/search/search-keys';
import { TAG } from '../../archive/search/search-keys';
import type { Match, SearchQuery } from '../../archive/search/search-query';
import type { DatabaseQuery } from '../index/database-index';
import { SOP_CLASS_UID, TRANSFER_SYNTAX_UID } from '../instance-form';
import { extraRows } from '../search-attributes/extra-attribute-sql';
import { all, bound, type Fragment, fragment, sql, unionAll, value } from '../statements/sql-fragment';
import type { View } from '../visibility/view';
import type { Driver } from './driver';
import { type Conditions, columnOf, conditionsOf } from './search-conditions';
import { driversOf } from './search-drivers';
import { keysSQL, orderBySQL, orderOf } from './search-order';
import { studiesSQL } from './search-plan';
import { textSQL } from './text-sql';
import { instancesMatched } from './uid-sql';

/**
 * One search as one statement (PS3.18 8.3.4, PS3.4 C.2.2.2). Every value is bound. The text depends only on the keys
 * and on how they match. The columns are those of SearchColumns in search-row.ts, or those of `select`.
 * @param known of a query that `dependsOnStudiesAlone`: the state in which there are to be no rows
 */
export function searchSQL(
  query: DatabaseQuery,
  view?: View,
  known?: string,
  select: Fragment | string = columns(query),
): Fragment {
  const conditions = conditionsOf(query);
  const { limit, offset } = query;
  const rows = isUnique(query) ? undefined : extraRows(query);
  const visible = view?.drivers ?? [];
  if (rows === undefined) {
    // SQLite reads no rows when the limit is 0.
    const changed = known === undefined ? value(limit) : sql`iif((${STATE}) = ${value(known)}, 0, ${value(limit)})`;
    return bound(pageSQL(query, { select, conditions, visible, limit: changed }));
  }
  const hits = sql`SELECT count(*) AS hits FROM (${rows} LIMIT ${value(FEW_ROWS + 1)})`;
  const are = (few: '<=' | '>') => sql`iif((SELECT hits FROM direct) ${few} ${value(FEW_ROWS)}, ${value(limit)}, 0)`;
  const straight = sql`SELECT ${select} FROM study ${joins(query.level, 'JOIN')}
    WHERE ${query.level}.id IN (${rows}) AND ${entityWhere(query, conditions)}
    ${orderBySQL(orderOf(query))} LIMIT ${are('<=')} OFFSET ${value(offset)}`;
  return bound(sql`WITH direct AS MATERIALIZED (${hits})
    SELECT * FROM (${straight}) UNION ALL SELECT * FROM (${pageSQL(query, { select, conditions, visible, limit: are('>') })})`);
}

/**
 * Up to this number of series or instances that an extra attribute finds are all read and sorted, wherever they are.
 */
const FEW_ROWS = 500;

interface Page {
  readonly select: Fragment | string;
  readonly conditions: Conditions;
  readonly visible: readonly Driver[];
  /** An expression. */
  readonly limit: Fragment;
}

function pageSQL(query: DatabaseQuery, { select, conditions, visible, limit }: Page): Fragment {
  const { level, offset } = query;
  const page = sql`LIMIT ${limit} OFFSET ${value(offset)}`;
  const count = query.limit + offset;
  const where = studyWhere(query, conditions);
  const isByStudy = !isUnique(query) && (level === 'study' || query.orderBy.length === 0);
  if (level === 'study') {
    const found = isByStudy ? studiesSQL(query, { columns: select, where, count, visible }) : undefined;
    if (found !== undefined) return sql`SELECT * FROM (${found}) ${page}`;
  }
  const studies = isByStudy
    ? studiesSQL(query, { columns: studyColumns(query, conditions), where, count, visible })
    : undefined;
  const order = orderBySQL(orderOf(query));
  if (studies === undefined) {
    return sql`SELECT ${select} FROM ${tables(query)} WHERE ${entityWhere(query, conditions)} ${order} ${page}`;
  }
  return sql`SELECT ${select}
    FROM (${enough(studies, count)}) AS found CROSS JOIN study ON study.id = found.id ${joins(level, 'CROSS JOIN')}
    WHERE ${entityWhere(query, { ...conditions, study: [] })} ${order} ${page}`;
}

/**
 * Columns by which the results of several databases are merged: `row_id`, and `key_0` and so on of search-order.ts.
 * @param withRows with the columns of SearchColumns
 */
export function rankedColumns(query: SearchQuery, withRows: boolean): Fragment {
  return sql`${withRows ? `${columns(query)}, ` : ''}${query.level}.id AS row_id, ${keysSQL(query)}`;
}

/** The rows that match a search within a study, in the column `id`. */
export function matchingRowsSQL(query: DatabaseQuery): Fragment {
  const { level, limit, offset } = query;
  return bound(sql`SELECT ${level}.id FROM ${tables(query)} WHERE ${entityWhere(query, conditionsOf(query))}
    ${orderBySQL(orderOf(query))} LIMIT ${value(limit)} OFFSET ${value(offset)}`);
}

/** Rows of a level by their numbers, with the columns of SearchColumns in search-row.ts, and `row_id`. */
export function rowsSQL(query: Pick<SearchQuery, 'level' | 'attributesOf'>, ids: readonly number[]): Fragment {
  const upwards = { study: [], series: ['series'], instance: ['instance', 'series'] }[query.level];
  const joined = {
    instance: 'JOIN series ON series.id = instance.series_id',
    series: 'JOIN study ON study.id = series.study_id',
  };
  const above = upwards.map((table) => joined[table as keyof typeof joined]).join(' ');
  return sql`SELECT ${columns(query)}, ${query.level}.id AS row_id FROM json_each(${value(JSON.stringify(ids))}) AS wanted
    CROSS JOIN ${query.level} ON ${query.level}.id = wanted.value ${above} ORDER BY wanted.key`;
}

/** The number of entities that match a search, in the column `total`. */
export function countSQL(query: DatabaseQuery, view?: View): Fragment {
  const { notCounted: _, ...all_ } = { ...query, newestRow: undefined };
  const isWhole = Object.values(conditionsOf(all_)).every((each) => each.length === 0);
  const isPlain = query.newestRow === undefined || (query.notCounted === undefined && query.movedIn !== true);
  if (view === undefined && isWhole && isPlain) return wholeCountSQL(query);
  const conditions = conditionsOf(query);
  const drivers = isUnique(query) ? [] : driversOf(query, view?.drivers);
  const driver = drivers.find(({ blockSources }) => blockSources !== undefined);
  const studies = driver?.sources.map(({ table, study, where }) => sql`SELECT ${study} FROM ${table} WHERE ${where}`);
  const led = studies === undefined ? [] : [sql`study.id IN (${unionAll(studies)})`];
  return bound(
    sql`SELECT count(*) AS total FROM ${tables(query)} WHERE ${all([...led, entityWhere(query, conditions)])}`,
  );
}

/**
 * The number of all entities of a level, which the index keeps. Only entities that are newer than the first page are
 * counted, and these are few.
 */
function wholeCountSQL({ level, newestRow, notCounted }: DatabaseQuery): Fragment {
  const whole = `SELECT ${level} FROM archive_total`;
  if (notCounted !== undefined) {
    const related = {
      study: '1',
      series: 'number_of_study_related_series',
      instance: 'number_of_study_related_instances',
    };
    return fragment(
      `SELECT (${whole}) - (SELECT coalesce(sum(${related[level]}), 0) FROM study
        WHERE study_instance_uid IN (SELECT value FROM json_each(?))) AS total`,
      JSON.stringify(notCounted),
    );
  }
  if (newestRow === undefined) return fragment(`SELECT (${whole}) AS total`);
  return fragment(`SELECT (${whole}) - (SELECT count(*) FROM ${level} WHERE id > ?) AS total`, newestRow);
}

/**
 * The newest row of a level, in the column `newest_row`: of the whole archive, since the number never leaves the archive and
 * newer rows count as little whether they can be seen or not.
 * @param withState also the state of the studies, in the column `state`
 */
export function newestRowSQL(level: QueryLevel, withState = false): Fragment {
  const state = withState ? `, (${STATE}) AS state` : '';
  return fragment(`SELECT coalesce(max(id), 0) AS newest_row${state} FROM main.${level}`);
}

/** Changes with every change of a study's row: migrations/0016_search_state.sql. */
const STATE = 'SELECT state FROM archive_total';

/** Whether a query reads only the table `study`, for a principal who sees all studies. */
export function dependsOnStudiesAlone({ level, matches, orderBy }: SearchQuery): boolean {
  const ofStudy = ({ key }: { readonly key: SearchKey }) => key.level === 'study' && key.source.kind !== 'extra';
  return level === 'study' && matches.every(ofStudy) && orderBy.every(ofStudy);
}

/** Keys whose values belong to one entity each. */
const UNIQUE_KEYS: ReadonlySet<string> = new Set([TAG.studyInstanceUID, TAG.seriesInstanceUID, TAG.sopInstanceUID]);

/** Whether the search names the entities that it looks for, or entities that contain them or that they contain. */
function isUnique({ studyInstanceUID, matches }: SearchQuery): boolean {
  return studyInstanceUID !== undefined || matches.some(({ key }) => UNIQUE_KEYS.has(key.path));
}

/**
 * The tables from the study down. CROSS JOIN makes SQLite keep that order, so that it walks the studies in the order of
 * the response and stops at the limit. When the search names an entity below the study, SQLite may start from there.
 */
function tables({ level, matches }: SearchQuery): string {
  const named = matches.some(({ key }) => key.level !== 'study' && UNIQUE_KEYS.has(key.path));
  return `study ${joins(level, named ? 'JOIN' : 'CROSS JOIN')}`;
}

function joins(level: QueryLevel, join: string): string {
  const series = `${join} series ON series.study_id = study.id`;
  const instance = `${join} instance ON instance.series_id = series.id`;
  return [...(level === 'study' ? [] : [series]), ...(level === 'instance' ? [instance] : [])].join(' ');
}

/**
 * The conditions on an entity of the level of the search and on those above it, and that an entity below it matches.
 */
function entityWhere(query: SearchQuery, conditions: Conditions): Fragment {
  switch (query.level) {
    case 'study':
      return studyWhere(query, conditions);
    case 'series':
      return all([...conditions.study, ...conditions.series, ...belowSeries(query, conditions)]);
    case 'instance':
      return all([...conditions.study, ...conditions.series, ...conditions.instance]);
  }
}

/** The conditions on a study, and that one of its series, and an instance of that series, match. */
function studyWhere({ matches }: SearchQuery, { study, series, instance }: Conditions): Fragment {
  if (series.length === 0 && instance.length === 0) return all(study);
  const instances = instance.length === 0 ? '' : 'CROSS JOIN instance ON instance.series_id = series.id';
  const below = sql`EXISTS (
    SELECT 1 FROM series ${instances} WHERE series.study_id = study.id AND ${all([...series, ...instance])})`;
  const named = [
    ...namedBelow(matches, TAG.seriesInstanceUID, 'series', 'study.id IN (SELECT study_id FROM series WHERE'),
    ...namedBelow(
      matches,
      TAG.sopInstanceUID,
      'instance',
      'study.id IN (SELECT study_id FROM instance JOIN series ON series.id = series_id WHERE',
    ),
  ];
  return all([...study, ...named, below]);
}

function belowSeries({ matches }: SearchQuery, { instance }: Conditions): Fragment[] {
  if (instance.length === 0) return [];
  return [
    ...namedBelow(matches, TAG.sopInstanceUID, 'instance', 'series.id IN (SELECT series_id FROM instance WHERE'),
    sql`EXISTS (SELECT 1 FROM instance WHERE instance.series_id = series.id AND ${all(instance)})`,
  ];
}

/** The entities that contain the named ones. They are found by an index, which EXISTS would not use. */
function namedBelow(matches: readonly Match[], path: string, table: 'series' | 'instance', held: string): Fragment[] {
  const match = matches.find(({ key }) => key.path === path);
  if (match === undefined) return [];
  const named = table === 'instance' ? instancesMatched(match.value) : undefined;
  const condition =
    named === undefined ? textSQL(`${table}.${columnOf(match.key)}`, match.value) : sql`instance.id IN (${named})`;
  return [sql`${held} ${condition})`];
}

/**
 * For studies that only lead to the entities they contain: at least how many of the searched entities each contains.
 */
function studyColumns({ level }: SearchQuery, { series, instance }: Conditions): string {
  const known = series.length === 0 && instance.length === 0;
  const counted = level === 'series' ? 'number_of_study_related_series' : 'number_of_study_related_instances';
  return `study.id, ${known ? `study.${counted}` : '1'} AS holds`;
}

/** Studies, in order, until they contain enough. */
function enough(studies: Fragment, count: number): Fragment {
  return sql`SELECT id FROM (
      SELECT id, sum(holds) OVER (ROWS UNBOUNDED PRECEDING) - holds AS held_before FROM (${studies}))
    WHERE held_before < ${value(count)}`;
}

const IDENTIFIERS: Record<QueryLevel, readonly string[]> = {
  study: ['study.study_instance_uid'],
  series: ['study.study_instance_uid', 'series.series_instance_uid'],
  instance: ['study.study_instance_uid', 'series.series_instance_uid', 'instance.sop_instance_uid'],
};

const ATTRIBUTES: Record<QueryLevel, readonly string[]> = {
  study: [
    'study.attributes AS study_attributes',
    'study.modalities_in_study',
    'study.number_of_study_related_series',
    'study.number_of_study_related_instances',
  ],
  series: ['series.attributes AS series_attributes', 'series.number_of_series_related_instances'],
  instance: [
    `${SOP_CLASS_UID} AS sop_class_uid`,
    'instance.instance_number',
    'instance.number_of_rows',
    'instance.number_of_columns',
    'instance.bits_allocated',
    'instance.number_of_frames',
    `${TRANSFER_SYNTAX_UID} AS transfer_syntax_uid`,
    // The only attribute that table 10.6.3-5 shares with the series: not worth reading all attributes of the series.
    `series.attributes -> '$."${TAG.timezoneOffsetFromUTC}"' AS timezone_offset_from_utc`,
  ],
};

function columns(query: Pick<SearchQuery, 'level' | 'attributesOf'>): string {
  return [...IDENTIFIERS[query.level], ...query.attributesOf.flatMap((level) => ATTRIBUTES[level])].join(', ');
}
