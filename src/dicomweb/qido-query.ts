import { type SearchKey, searchKey } from '../archive/attributes';
import type { IncludeFields, Match, QueryLevel, SearchRequest } from '../archive/search-query';
import type { Limits } from '../config';
import { tagOfKeyword } from '../dicom/dictionary';
import { isUniversal, parseMatchValue } from './match-value';
import { HttpProblem } from './problem';

/** What a search resource's path says (PS3.18 table 10.6.1-1). */
export interface SearchResource {
  readonly level: QueryLevel;
  readonly studyInstanceUID?: string | undefined;
  readonly seriesInstanceUID?: string | undefined;
}

export interface ParsedSearch {
  readonly request: SearchRequest;
  /** What the server did not do of what was asked, one sentence each, for the Warning header (PS3.18 8.3.4.2, 10.6.3.1). */
  readonly warnings: readonly string[];
}

/**
 * Reads the parameters of a search (PS3.18 8.3.4). A parameter without name or of an empty value asks for nothing beyond
 * its attribute in the answer. A key that is known but cannot be matched at this level does not restrict the search; the
 * answer says so in a Warning.
 * @param parameters decoded
 * @throws HttpProblem 400 that names the parameter, never its value, which may be a patient's
 */
export function parseSearch(
  resource: SearchResource,
  parameters: Iterable<readonly [name: string, value: string]>,
  limits: Pick<Limits, 'searchDefault' | 'searchMaximum'>,
): ParsedSearch {
  const matches: Match[] = [];
  const include = new Set<string>();
  const warnings: string[] = [];
  const seen = new Set<string>();
  let all = false;
  let limit = limits.searchDefault;
  let offset = 0;

  for (const [name, value] of parameters) {
    if (name === '') continue;
    const option = OPTIONS.has(name);
    if (name === 'includefield') {
      const fields = includeFields(value);
      all ||= fields.all;
      if (fields.unknown) warnings.push('An attribute of includefield is not known. It is not in the answer.');
      for (const tag of fields.tags) include.add(tag);
      continue;
    }
    const path = option ? name : attributePath(name);
    // PS3.18 8.3.4.1: an attribute shall not be repeated, by whichever of its names.
    if (seen.has(path)) throw new HttpProblem('bad-request', `${named(name)} is given twice.`);
    seen.add(path);
    if (option) {
      if (name === 'limit') limit = Math.min(wholeNumber(name, value, limits.searchDefault), limits.searchMaximum);
      else if (name === 'offset') offset = wholeNumber(name, value, 0);
      else if (flag(name, value)) warnings.push(NOT_PERFORMED[name] ?? '');
      continue;
    }
    include.add(topOf(path));
    if (isUniversal(value)) continue;
    const key = keyAt(resource.level, path);
    if (key === undefined) {
      warnings.push(`The attribute ${path} is not supported as a matching key here. It has not been matched.`);
      continue;
    }
    const matchValue = parseMatchValue(key, value);
    if (matchValue === undefined) {
      throw new HttpProblem(
        'bad-request',
        `The value of ${named(name)} is no ${EXPECTED[key.matching] ?? 'value of its kind'}.`,
      );
    }
    matches.push({ key, value: matchValue });
  }
  return {
    request: {
      ...resource,
      matches,
      fuzzyMatching: seen.has('fuzzymatching'),
      orderBy: [],
      limit,
      offset,
      include: { all, tags: [...include] },
    },
    warnings: warnings.filter((warning) => warning !== ''),
  };
}

const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];

/** Parameters that are no attributes. `accept` and `charset` belong to content negotiation (PS3.18 8.3.3). */
const OPTIONS: ReadonlySet<string> = new Set([
  'limit',
  'offset',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
  'accept',
  'charset',
]);

/** The sentences of PS3.18 8.3.4.2 and its neighbours for what the server is asked and does not do. */
const NOT_PERFORMED: Readonly<Record<string, string>> = {
  fuzzymatching: 'The fuzzymatching parameter is not supported. Only literal matching has been performed.',
  emptyvaluematching: 'The emptyvaluematching parameter is not supported. Empty Value Matching has not been performed.',
  multiplevaluematching:
    'The multiplevaluematching parameter is not supported. Multiple Value Matching has not been performed.',
};

const EXPECTED: Partial<Record<SearchKey['matching'], string>> = {
  date: 'date or range of dates (YYYYMMDD)',
  time: 'time or range of times (HHMMSS)',
  number: 'whole number',
  uid: 'UID or list of UIDs; wildcards do not match UIDs',
};

/** Keys of the level searched and of those above it match (PS3.18 10.6.1.2.3). */
function keyAt(level: QueryLevel, path: string): SearchKey | undefined {
  const key = searchKey(path);
  return key !== undefined && LEVELS.indexOf(key.level) <= LEVELS.indexOf(level) ? key : undefined;
}

/** An attribute that this edition does not know asks for more, not for less: the rest of the answer is as it would be. */
function includeFields(value: string): IncludeFields & { unknown: boolean } {
  const fields = value
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
  const named = fields.filter((field) => field.toLowerCase() !== 'all');
  const paths = named.flatMap((field) => knownPath(field) ?? []);
  return { all: named.length < fields.length, tags: paths.map(topOf), unknown: paths.length < named.length };
}

/** @throws HttpProblem 400: a key that is not understood must not be taken for one that matches everything */
function attributePath(name: string): string {
  const path = knownPath(name);
  if (path !== undefined) return path;
  throw new HttpProblem('bad-request', `${named(name)} is neither a keyword nor a tag of DICOM.`);
}

/** Keywords or tags joined by dots (PS3.18 8.3.4.1), as tags. */
function knownPath(name: string): string | undefined {
  const tags = name.split('.').map((part) => {
    return /^[0-9A-Fa-f]{8}$/.test(part) ? part.toUpperCase() : tagOfKeyword(part);
  });
  return tags.includes(undefined) ? undefined : tags.join('.');
}

function topOf(path: string): string {
  return path.slice(0, 8);
}

/** A parameter's name is repeated only if it looks like one: what comes in its place could be anything. */
function named(name: string): string {
  return /^[A-Za-z0-9.]{1,100}$/.test(name) ? name : 'A query parameter';
}

function wholeNumber(name: string, value: string, absent: number): number {
  if (value === '') return absent;
  if (!/^\d+$/.test(value)) throw new HttpProblem('bad-request', `${name} is no whole number.`);
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

function flag(name: string, value: string): boolean {
  if (NOT_PERFORMED[name] === undefined || value === '') return false;
  if (value !== 'true' && value !== 'false') throw new HttpProblem('bad-request', `${name} is neither true nor false.`);
  return value === 'true';
}
