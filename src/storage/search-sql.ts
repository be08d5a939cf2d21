import { type SearchKey, TAG } from '../archive/attributes';
import type { Match, MatchValue, QueryLevel, SearchQuery } from '../archive/search-query';
import { extraConditions } from './extra-attribute-sql';
import { nameSQL } from './name-sql';
import { type Fragment, fragment, joined } from './sql-fragment';
import { wildcardSQL } from './wildcard-sql';

/**
 * One search as one statement (PS3.18 8.3.4, PS3.4 C.2.2.2). Every value is bound; the text depends only on which keys
 * there are and how they match. The columns are those of SearchColumns in search-row.ts.
 */
export function searchSQL(query: SearchQuery): Fragment {
  const conditions = [...scopeConditions(query), ...allConditions(query)];
  const where = joined(conditions, 'AND');
  return {
    sql: [
      `SELECT ${columns(query)}`,
      `FROM ${tables(query)}`,
      ...(conditions.length > 0 ? [`WHERE ${where.sql}`] : []),
      `ORDER BY ${order(query)}`,
      'LIMIT ? OFFSET ?',
    ].join('\n'),
    parameters: [...where.parameters, query.limit, query.offset],
  };
}

/** How many entities a search matches in all, in the column `total`. */
export function countSQL(query: SearchQuery): Fragment {
  const conditions = [...scopeConditions(query), ...allConditions(query)];
  const where = joined(conditions, 'AND');
  return {
    sql: `SELECT count(*) AS total FROM ${tables(query)}${conditions.length > 0 ? ` WHERE ${where.sql}` : ''}`,
    parameters: where.parameters,
  };
}

/** The newest row of a level, in the column `newest_row`. */
export function newestRowSQL(level: QueryLevel): Fragment {
  return fragment(`SELECT coalesce(max(id), 0) AS newest_row FROM ${level}`);
}

/**
 * From the study down. Where nothing below the study is matched, CROSS JOIN holds SQLite to that order, so that it
 * walks the studies as they are answered and stops at the limit; else it may start from the index of what is matched.
 */
function tables(query: SearchQuery): string {
  const below = query.matches.some(({ key }) => key.level !== 'study');
  const join = below ? 'JOIN' : 'CROSS JOIN';
  const series = `${join} series ON series.study_id = study.id`;
  const instance = `${join} instance ON instance.series_id = series.id`;
  return [
    'study',
    ...(query.level !== 'study' ? [series] : []),
    ...(query.level === 'instance' ? [instance] : []),
  ].join(' ');
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
    'instance.sop_class_uid',
    'instance.instance_number',
    'instance.number_of_rows',
    'instance.number_of_columns',
    'instance.bits_allocated',
    'instance.number_of_frames',
    'instance.transfer_syntax_uid',
    // The only attribute that table 10.6.3-5 shares with the series: not worth reading all of the series' for.
    `series.attributes -> '$."${TAG.timezoneOffsetFromUTC}"' AS timezone_offset_from_utc`,
  ],
};

function columns(query: SearchQuery): string {
  return [...IDENTIFIERS[query.level], ...query.attributesOf.flatMap((level) => ATTRIBUTES[level])].join(', ');
}

/**
 * A stable order (PS3.18 8.3.4.4.1): the newest study first, and inside it series and instances by their numbers. The
 * date index, read backwards, gives it without sorting.
 */
function order(query: SearchQuery): string {
  const terms: string[] = [];
  if (query.studyInstanceUID === undefined) {
    terms.push('study.study_date DESC', 'study.study_time DESC', 'study.id DESC');
  }
  if (query.level !== 'study' && query.seriesInstanceUID === undefined) terms.push('series.series_number', 'series.id');
  if (query.level === 'instance') terms.push('instance.instance_number', 'instance.id');
  return terms.length > 0 ? terms.join(', ') : `${query.level}.id`;
}

function scopeConditions(query: SearchQuery): Fragment[] {
  const conditions: Fragment[] = [];
  if (query.studyInstanceUID !== undefined) {
    conditions.push(fragment('study.study_instance_uid = ?', query.studyInstanceUID));
  }
  if (query.seriesInstanceUID !== undefined) {
    conditions.push(fragment('series.series_instance_uid = ?', query.seriesInstanceUID));
  }
  if (query.newestRow !== undefined) conditions.push(fragment(`${query.level}.id <= ?`, query.newestRow));
  return conditions;
}

function allConditions(query: SearchQuery): Fragment[] {
  const { conditions, rest } = extraConditions(query);
  return [...matchConditions(rest), ...conditions.study, ...conditions.series, ...conditions.instance];
}

function matchConditions(matches: readonly Match[]): Fragment[] {
  const conditions: Fragment[] = [];
  const requests: Fragment[] = [];
  for (const { key, value } of matches) {
    if (key.source.kind !== 'column') throw new TypeError(`${key.path} is no column`);
    const { column } = key.source;
    if (key.path.startsWith(`${TAG.requestAttributesSequence}.`)) {
      requests.push(condition(key, `request_attribute.${column}`, value));
    } else {
      conditions.push(condition(key, `${key.level}.${column}`, value));
    }
  }
  if (requests.length > 0) conditions.push(requestAttributes(requests));
  return conditions.filter(({ sql }) => sql !== '');
}

/** Sequence matching (PS3.4 C.2.2.2.6): one item has to match every key. */
function requestAttributes(requests: readonly Fragment[]): Fragment {
  const where = joined(requests, 'AND');
  return {
    sql: `series.id IN (SELECT request_attribute.series_id FROM request_attribute WHERE ${where.sql})`,
    parameters: where.parameters,
  };
}

function condition(key: SearchKey, column: string, value: MatchValue): Fragment {
  switch (key.matching) {
    case 'name':
      return nameSQL(column.slice(column.indexOf('.') + 1), value);
    case 'modalities':
      return modalitiesSQL(column, value);
    case 'date':
    case 'time':
      return rangeSQL(column, value, key.matching);
    case 'number':
      return numberSQL(column, value);
    default:
      return textSQL(column, value);
  }
}

function textSQL(column: string, value: MatchValue): Fragment {
  switch (value.kind) {
    case 'single':
      return fragment(`${column} = ?`, value.value);
    case 'list':
      return fragment(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(value.values));
    case 'wildcard':
      return wildcardSQL(column, value.pattern);
    default:
      throw unsuited(value);
  }
}

function numberSQL(column: string, value: MatchValue): Fragment {
  if (value.kind !== 'single') throw unsuited(value);
  return fragment(`${column} = ?`, Number(value.value));
}

/** A study matches when one of its modalities does (PS3.4 C.3.4). The column joins them by backslashes. */
function modalitiesSQL(column: string, value: MatchValue): Fragment {
  const values = value.kind === 'single' ? [value.value] : value.kind === 'list' ? value.values : undefined;
  if (values !== undefined) {
    return fragment(
      `EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE instr('\\' || ${column} || '\\', '\\' || wanted.value || '\\') > 0)`,
      JSON.stringify(values),
    );
  }
  if (value.kind !== 'wildcard') throw unsuited(value);
  const match = wildcardSQL('held.value', value.pattern);
  return {
    // The column as a JSON array of its values: a backslash is two in JSON text.
    sql: `EXISTS (SELECT 1 FROM json_each('[' || replace(json_quote(${column}), '\\\\', '","') || ']') AS held WHERE ${match.sql})`,
    parameters: match.parameters,
  };
}

/** Range matching (PS3.4 C.2.2.2.5) by the order of texts, which is that of dates and, see below, of times. */
function rangeSQL(column: string, value: MatchValue, matching: 'date' | 'time'): Fragment {
  if (value.kind === 'single' && matching === 'date') return fragment(`${column} = ?`, value.value);
  if (value.kind !== 'range') throw unsuited(value);
  // An empty text is no date, though it comes before all.
  const from = matching === 'time' ? shortestTime(value.from ?? '00') : (value.from ?? '0');
  const start = fragment(`${column} >= ?`, from);
  if (value.to === undefined) return start;
  // Whatever goes on after the end's digits is still within the unit they name; a colon sorts after every digit.
  return joined([start, fragment(`${column} < ?`, `${value.to}:`)], 'AND');
}

/**
 * The same time with nothing that could be left out: 10 for 100000.0, so that a stored 10, 1000 or 100000 all come at or
 * after it in the order of texts.
 */
function shortestTime(time: string): string {
  const [whole = '', fraction = ''] = time.split('.');
  const rest = fraction.replace(/0+$/, '');
  return rest === '' ? whole.replace(/(?<=..)(00)+$/, '') : `${whole}.${rest}`;
}

function unsuited(value: MatchValue): TypeError {
  return new TypeError(`the key cannot be matched by ${value.kind}`);
}
