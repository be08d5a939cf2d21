import type { QueryLevel } from '../../archive/search/search-keys';
import { type SearchKey, searchKey, TAG } from '../../archive/search/search-keys';
import type { Match, OrderTerm, SearchRequest } from '../../archive/search/search-query';
import { isPrivateCreator } from '../../dicom/dictionary/private-blocks';
import { HttpProblem } from '../../http/problem';
import { named } from '../../http/query-parameters';
import { isUniversal, type MatchingOptions, parseMatchValue, parseTimezoneOffset } from './match-value';
import { attributePath, looksLikeAttribute, topOf } from './qido-attributes';
import { isOption, readOptions, refuseTwice, type SearchLimits, type SearchOptions } from './qido-options';

/** The level and the scope that the path of a search resource names (PS3.18 table 10.6.1-1). */
export interface SearchResource {
  readonly level: QueryLevel;
  readonly studyInstanceUID?: string | undefined;
  readonly seriesInstanceUID?: string | undefined;
}

/** A search as the archive runs it, with the warnings that its answer carries. */
export interface ParsedSearch {
  readonly request: SearchRequest;
  /** The client asks for the total number of matches. */
  readonly count: boolean;
  /** Sentences for the Warning header, one for each part of the request that was ignored (PS3.18 8.3). */
  readonly warnings: readonly string[];
}

/**
 * Finds the key that matches an attribute; undefined for an attribute that the index does not contain.
 * @param privateCreators that the query names, by the paths of their elements
 */
export type KeyFinder = (path: string, privateCreators: ReadonlyMap<string, string>) => SearchKey | undefined;

/**
 * Reads the parameters of a search (PS3.18 8.3.4). A parameter with an empty value only asks for its attribute in the
 * answer.
 *
 * PS3.18 8.3 requires a server to ignore parameters that it does not support and to say so in a warning, and to refuse
 * an invalid value with 400. So a parameter that is not an attribute, and an attribute that is not indexed, do not
 * change the results, and the answer has a warning. A key of a level below the one searched finds the entities that
 * contain a match, which 10.6.1.2.3 leaves to the server. A name that looks like an attribute but is neither a keyword
 * of PS3.6 nor a tag does not have the syntax of 8.3.4.1 and is refused with 400 (table 10.6.3-1): if a mistyped key
 * were ignored, the answer would contain patients that the client did not ask for.
 * @param parameters decoded, reserved names in lower case
 * @throws HttpProblem 400 that names the parameter, never its value, which may identify a patient
 */
export function parseSearch(
  resource: SearchResource,
  parameters: Iterable<readonly [name: string, value: string]>,
  limits: SearchLimits,
  findKey: KeyFinder = searchKey,
): ParsedSearch {
  const given = sorted(parameters);
  const options = readOptions(given.options, resource.studyInstanceUID !== undefined, limits);
  const warnings = [...given.warnings];
  const include = includeFields(given.includeFields, warnings);
  const matches: Match[] = [];
  const privateCreators = creatorsOf(given);
  let timezoneOffset: number | undefined;

  for (const [path, { name, value }] of given.attributes) {
    if (privateCreators.has(path)) continue;
    include.tags.add(topOf(path));
    if (isUniversal(value)) continue;
    if (path === TAG.timezoneOffsetFromUTC) {
      timezoneOffset = parseTimezoneOffset(value) ?? illFormed(name, 'valid offset from UTC (+HHMM or -HHMM)');
      continue;
    }
    const key = findKey(path, privateCreators);
    if (key === undefined) {
      warnings.push(`The attribute ${path} is not supported as a matching key here. The search ignores it.`);
      continue;
    }
    matches.push(match(name, key, value, options));
  }
  const orderBy = orderTerms(options, resource.level, (path) => findKey(path, privateCreators), warnings);
  return {
    request: {
      ...resource,
      matches,
      fuzzyMatching: options.fuzzyMatching,
      ...(timezoneOffset !== undefined && { timezoneOffset }),
      orderBy,
      limit: options.limit,
      offset: options.offset,
      include: {
        all: include.all,
        tags: [...include.tags],
        ...(privateCreators.size > 0 && { privateCreators }),
      },
    },
    count: options.count,
    warnings: atMost(MOST_WARNINGS, warnings),
  };
}

interface GivenParameters {
  readonly options: ReadonlyMap<string, string>;
  readonly includeFields: readonly string[];
  /** The attributes of the query by their paths. The name is kept as the client gave it, for messages. */
  readonly attributes: ReadonlyMap<string, { readonly name: string; readonly value: string }>;
  readonly warnings: readonly string[];
}

/** Separates options, fields to include and attributes. */
function sorted(parameters: Iterable<readonly [name: string, value: string]>): GivenParameters {
  const options = new Map<string, string>();
  const includeFields: string[] = [];
  const attributes = new Map<string, { name: string; value: string }>();
  const warnings: string[] = [];
  for (const [name, value] of parameters) {
    if (name === '') continue;
    if (name === 'includefield') {
      includeFields.push(value);
      continue;
    }
    if (isOption(name)) {
      // Several accept parameters together are one list.
      if (options.has(name) && name !== 'accept') refuseTwice(name);
      options.set(name, value);
      continue;
    }
    const path = attributePath(name);
    if (path !== undefined) {
      if (attributes.has(path)) refuseTwice(name);
      attributes.set(path, { name, value });
    } else if (looksLikeAttribute(name)) {
      throw new HttpProblem('bad-request', `${named(name)} is neither a keyword nor a tag of DICOM.`);
    } else {
      warnings.push(`${named(name)} is not supported. The search ignores it.`);
    }
  }
  return { options, includeFields, attributes, warnings };
}

/**
 * The Private Creators that the query names. They are not matched: they say which creator the private attributes of
 * their block belong to (PS3.18 8.3.4.3, PS3.5 7.8.1).
 */
function creatorsOf({ attributes }: GivenParameters): ReadonlyMap<string, string> {
  const creators = [...attributes].filter(
    ([path, { value }]) => isPrivateCreator(path.slice(-8)) && !isUniversal(value),
  );
  return new Map(creators.map(([path, { value }]) => [path, value.trim()]));
}

const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];

/** Whether each entity of the searched level has exactly one value of an attribute of the given level. */
function isAtOrAbove(level: QueryLevel, searched: QueryLevel): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(searched);
}

const EXPECTED: Partial<Record<SearchKey['matching'], string>> = {
  date: 'date of the calendar or range of dates (YYYYMMDD)',
  time: 'valid time or range of times (HHMMSS)',
  datetime: 'valid date and time or range of them (YYYYMMDDHHMMSS)',
  decimal: 'number',
  number: 'whole number',
  uid: 'valid UID or list of UIDs; wildcards do not match UIDs',
};

function match(name: string, key: SearchKey, text: string, options: MatchingOptions): Match {
  const value = parseMatchValue(key, text, options);
  return { key, value: value ?? illFormed(name, EXPECTED[key.matching] ?? 'valid value of its kind') };
}

/** @throws HttpProblem 400 (PS3.18 8.3: a supported parameter with an invalid value) */
function illFormed(name: string, expected: string): never {
  throw new HttpProblem('bad-request', `The value of ${named(name)} is not a ${expected}.`);
}

/**
 * Reads the fields to include. An unknown attribute would only add to the answer, so it causes a warning and the answer
 * stays the same.
 */
function includeFields(values: readonly string[], warnings: string[]): { all: boolean; tags: Set<string> } {
  const fields = values.flatMap((value) => value.split(',')).map((field) => field.trim());
  const tags = new Set<string>();
  let all = false;
  let unknown = false;
  for (const field of fields) {
    if (field === '') continue;
    const path = field.toLowerCase() === 'all' ? 'all' : attributePath(field);
    if (path === 'all') all = true;
    else if (path === undefined) unknown = true;
    else tags.add(topOf(path));
  }
  if (unknown) warnings.push('An attribute of includefield is not known. It is not in the answer.');
  return { all, tags };
}

/**
 * @throws HttpProblem 400 for a name that is not an attribute: results in a different order would not be what the
 * client asked for
 */
function orderTerms(
  { orderBy }: SearchOptions,
  level: QueryLevel,
  findKey: (path: string) => SearchKey | undefined,
  warnings: string[],
): OrderTerm[] {
  return orderBy.flatMap(({ name, descending }) => {
    const path = attributePath(name);
    if (path === undefined) throw new HttpProblem('bad-request', 'orderby names an attribute that is unknown.');
    const key = findKey(path);
    if (key !== undefined && isAtOrAbove(key.level, level)) return [{ key, descending }];
    warnings.push(`The attribute ${path} is not supported by orderby here. Results are not ordered by it.`);
    return [];
  });
}

/** A header has a limited length, and a query could contain thousands of names. */
const MOST_WARNINGS = 20;

function atMost(count: number, warnings: readonly string[]): readonly string[] {
  if (warnings.length <= count) return warnings;
  const rest = warnings.length - count;
  return [...warnings.slice(0, count), rest === 1 ? 'There is 1 more warning.' : `There are ${rest} more warnings.`];
}
