import type { QueryLevel, SearchKey } from '../../archive/search/search-keys';
import type { Match, MatchValue, SearchQuery } from '../../archive/search/search-query';
import { requestKey } from '../../archive/search-attributes/extra-attributes';
import { ITEM_CHARACTERS } from '../../archive/search-attributes/extra-values';
import { type Fragment, fragment, joined } from '../statements/sql-fragment';
import { valueCondition } from './extra-value-condition';

/**
 * Conditions on the extra attributes that a search matches. One entity, together with the entities that contain it, has
 * to match all of them and all other keys: two attributes of images find a study when one image has both. Keys of one sequence
 * have to match in one of its items (PS3.4 C.2.2.2.6).
 * @returns conditions by the level of their rows, and the matches that are left
 */
export function extraConditions(query: ExtraQuery): {
  readonly conditions: Readonly<Record<QueryLevel, readonly Fragment[]>>;
  readonly rest: readonly Match[];
} {
  const { rest, joint, alone } = termsIn(query);
  const conditions: Record<QueryLevel, Fragment[]> = { study: [], series: [], instance: [] };
  const joined = joint.slice(0, 1);
  /** The level of the rows of a condition: that of the attribute, as far as another condition has to hold for the same entity. */
  const rowsOf = (term: Term): QueryLevel => {
    const others = [...joined, ...alone].filter((other) => other !== term).map(({ level }) => level);
    const deepest = [...others, ...rest.map(({ key }) => key.level)].reduce(lower, query.level);
    return upper(deepest, term.level);
  };
  for (const term of alone) conditions[rowsOf(term)].push(emptyCondition(rowsOf(term), term));
  for (const term of joined) conditions[rowsOf(term)].push(jointCondition(rowsOf(term), joint));
  return { conditions, rest };
}

/**
 * For extra attributes that select series or instances directly: a statement whose column is the row of each that
 * matches them, perhaps several times. When few match, the search goes straight to them and not through the studies.
 */
export function extraRows(query: ExtraQuery): Fragment | undefined {
  const { joint } = termsIn(query);
  const { level } = query;
  if (level === 'study' || joint[0] === undefined || depthOf(joint[0].level) < depthOf(level)) return undefined;
  const { tables, where } = joinedRows(joint);
  return fragment(`SELECT v1.${level}_id FROM ${tables} WHERE ${where.sql}`, ...where.parameters);
}

/** The parts of a search that its conditions on extra attributes depend on. */
export type ExtraQuery = Pick<
  SearchQuery,
  'level' | 'matches' | 'studyInstanceUID' | 'seriesInstanceUID' | 'timezoneOffset' | 'caseSensitive'
>;

/**
 * An expression to sort by: the first of the values of an entity, or of the entities that contain it or that it
 * contains.
 */
export function extraOrder(key: SearchKey, level: QueryLevel): Fragment {
  const term = termOf(key, fragment("v1.value <> ''"));
  return {
    sql: `(SELECT min(v1.value) FROM attribute_value AS v1 INDEXED BY attribute_value_by_entity
      WHERE ${entity('v1', upper(level, key.level))} AND ${attribute('v1', term)} AND v1.value <> '')`,
    parameters: [namesOf(term)],
  };
}

/** The conditions on a row of attribute_value. */
interface Term {
  /** Names of the attribute in the index: most attributes have one. */
  readonly names: readonly string[];
  readonly level: QueryLevel;
  readonly sequence: readonly string[];
  /** Condition on the row `v1`. The number of the row is put in later. */
  readonly condition: Fragment;
  /** The attribute has to have no value. */
  readonly empty: boolean;
}

/**
 * Separates the matches of extra attributes from the others. A standard's key of a sequence in which extra attributes
 * are matched is indexed and matched like them.
 */
function divided({ matches, caseSensitive }: ExtraQuery): { extras: Match[]; rest: Match[] } {
  const sequences = new Set(matches.flatMap(({ key }) => (key.source.kind === 'extra' ? key.source.sequence : [])));
  const extras: Match[] = [];
  const rest: Match[] = [];
  for (const match of matches) {
    const { path, source } = match.key;
    const beside =
      source.kind === 'column' && sequences.has(path.slice(0, 8)) ? requestKey(path, caseSensitive) : undefined;
    if (source.kind === 'extra') extras.push(match);
    else if (beside !== undefined) extras.push({ ...match, key: beside });
    else rest.push(match);
  }
  return { extras, rest };
}

/**
 * The terms that one entity has to match together, those closest to the instance first, and the terms that stand alone.
 */
function termsIn(query: ExtraQuery): { rest: readonly Match[]; joint: readonly Term[]; alone: readonly Term[] } {
  const { extras, rest } = divided(query);
  const terms = extras.flatMap((match) => termsOf(match, query.timezoneOffset));
  const found = terms.filter(({ empty }) => !empty);
  const joint = terms.filter((term) => !term.empty || found.some((other) => commonDepth(term, other) > 0));
  return {
    rest,
    joint: joint.sort((one, other) => depthOf(other.level) - depthOf(one.level)),
    alone: terms.filter((term) => !joint.includes(term)),
  };
}

/** Multiple value matching (PS3.4 C.2.2.2.8) needs one row for each of the values. */
function termsOf({ key, value }: Match, timezoneOffset: number | undefined): Term[] {
  if (value.kind === 'empty') return [{ ...termOf(key, fragment("v1.value = ''")), empty: true }];
  const each: readonly MatchValue[] =
    value.kind === 'all' ? value.values.map((one) => ({ kind: 'single', value: one })) : [value];
  return each.map((one) => termOf(key, valueCondition('v1.value', key.matching, one, timezoneOffset)));
}

function termOf({ level, source }: SearchKey, condition: Fragment): Term {
  if (source.kind !== 'extra') throw new TypeError('not an extra attribute');
  const { names, sequence } = source;
  return { names, level, sequence, condition, empty: false };
}

const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];

function depthOf(level: QueryLevel): number {
  return LEVELS.indexOf(level);
}

/** The one of two levels that is closer to the study. */
function upper(one: QueryLevel, other: QueryLevel): QueryLevel {
  return depthOf(one) < depthOf(other) ? one : other;
}

/** The one of two levels that is closer to the instance. */
function lower(one: QueryLevel, other: QueryLevel): QueryLevel {
  return depthOf(one) > depthOf(other) ? one : other;
}

/** The number of sequences that two attributes share: they have to be in the same items of these. */
function commonDepth(one: Term, other: Term): number {
  const differs = one.sequence.findIndex((step, at) => step !== other.sequence[at]);
  return differs < 0 ? one.sequence.length : differs;
}

/** The condition that an entity of a level, or one that it contains, has rows that match together. */
function jointCondition(level: QueryLevel, terms: readonly Term[]): Fragment {
  const { tables, where } = joinedRows(terms);
  return fragment(
    `EXISTS (SELECT 1 FROM ${tables} WHERE ${entity('v1', level)} AND ${where.sql})`,
    ...where.parameters,
  );
}

/**
 * One row for each term. The rows belong to the same entities at the levels that the terms share, and to the same items
 * of the sequences that they share.
 */
function joinedRows(terms: readonly Term[]): { tables: string; where: Fragment } {
  const conditions = terms.map((term, at): Fragment => {
    const row = `v${at + 1}`;
    const links = terms.slice(0, at).flatMap((other, before) => linked(term, row, other, `v${before + 1}`));
    return {
      sql: [attribute(row, term), numbered(term.condition.sql, row), ...links].join(' AND '),
      parameters: [namesOf(term), ...term.condition.parameters],
    };
  });
  return {
    tables: terms.map((_, at) => `attribute_value AS v${at + 1}`).join(' JOIN '),
    where: joined(conditions, 'AND'),
  };
}

function numbered(sql: string, row: string): string {
  return sql.replaceAll('v1.', `${row}.`);
}

function linked(term: Term, row: string, other: Term, otherRow: string): string[] {
  const shared = Math.min(depthOf(term.level), depthOf(other.level));
  const items = commonDepth(term, other) * ITEM_CHARACTERS;
  return [
    ...LEVELS.slice(0, shared + 1).map((level) => `${row}.${level}_id = ${otherRow}.${level}_id`),
    ...(items > 0 ? [`substr(${row}.item, 1, ${items}) = substr(${otherRow}.item, 1, ${items})`] : []),
  ];
}

/** The rows of an entity at a level that the query joins, and of the entities that it contains. */
function entity(row: string, level: QueryLevel): string {
  return LEVELS.slice(0, depthOf(level) + 1)
    .map((each) => `${row}.${each}_id = ${each}.id`)
    .join(' AND ');
}

/**
 * The rows of an attribute; the parameter is `namesOf` the term. A comparison by equality keeps the order of the rows
 * in the index.
 */
function attribute(row: string, { names }: Pick<Term, 'names'>): string {
  const ids = 'SELECT id FROM search_attribute WHERE name';
  return names.length === 1
    ? `${row}.search_attribute_id = (${ids} = ?)`
    : `${row}.search_attribute_id IN (${ids} IN (SELECT value FROM json_each(?)))`;
}

function namesOf({ names }: Pick<Term, 'names'>): string {
  return names.length === 1 ? names[0]! : JSON.stringify(names);
}

/**
 * Empty value matching (PS3.4 C.2.2.2.7): an entity, or one of those that it contains, has no value, or has an item
 * without a value.
 */
function emptyCondition(level: QueryLevel, term: Term): Fragment {
  const rows = (condition: string) =>
    `SELECT 1 FROM attribute_value AS v1 INDEXED BY attribute_value_by_entity
      WHERE ${ownRows(term.level)} AND ${attribute('v1', term)} AND v1.value ${condition} ''`;
  const sql = `(NOT EXISTS (${rows('<>')}) OR EXISTS (${rows('=')}))`;
  const parameters = [namesOf(term), namesOf(term)];
  if (depthOf(term.level) <= depthOf(level)) return { sql, parameters };
  const below = LEVELS.slice(depthOf(level) + 1, depthOf(term.level) + 1);
  return {
    sql: `EXISTS (SELECT 1 FROM ${below.join(' CROSS JOIN ')}
      WHERE ${below.map((each) => `${each}.${PARENT[each]}_id = ${PARENT[each]}.id`).join(' AND ')} AND ${sql})`,
    parameters,
  };
}

const PARENT: Readonly<Record<QueryLevel, QueryLevel>> = { study: 'study', series: 'study', instance: 'series' };

/** The rows of an entity of that level itself, for attributes of the level. */
function ownRows(level: QueryLevel): string {
  return LEVELS.map((each) => `v1.${each}_id = ${depthOf(each) <= depthOf(level) ? `${each}.id` : '0'}`).join(' AND ');
}
