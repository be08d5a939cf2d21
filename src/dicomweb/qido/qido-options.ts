import { HttpProblem } from '../../http/problem';
import { named } from '../../http/query-parameters';
import type { Limits } from '../../limits';
import type { MatchingOptions } from './match-value';

/** The parameters of a search that are not attributes (PS3.18 table 8.3.4-1), and those that this server adds. */
export interface SearchOptions extends Required<MatchingOptions> {
  readonly limit: number;
  readonly offset: number;
  readonly fuzzyMatching: boolean;
  /** Attributes to order by, as the client names them; the first has the highest priority. */
  readonly orderBy: readonly { readonly name: string; readonly descending: boolean }[];
  /** The client asks for the total number of matches. */
  readonly count: boolean;
}

/** Names of the options, in lower case. */
export const SEARCH_OPTIONS = [
  'limit',
  'offset',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
  'orderby',
  'count',
] as const;

/** `accept` and `charset` belong to content negotiation (PS3.18 8.3.3). */
const OPTIONS: ReadonlySet<string> = new Set([...SEARCH_OPTIONS, 'accept', 'charset']);

/** @param name in lower case, as queryParameters has it */
export function isOption(name: string): boolean {
  return OPTIONS.has(name);
}

/** How many results a search may return. */
export type SearchLimits = Pick<Limits, 'searchDefault' | 'searchMaximum' | 'searchWithinStudy'>;

/**
 * Reads the options. Without a limit, a search of the whole archive returns a limited number of results. A search
 * within one study returns all, because clients that list the instances of a study do not look for the Warning that
 * says there are more.
 * @param given options by their names
 * @throws HttpProblem 400 for an invalid value of an option (PS3.18 8.3)
 */
export function readOptions(
  given: ReadonlyMap<string, string>,
  withinStudy: boolean,
  limits: SearchLimits,
): SearchOptions {
  const most = withinStudy ? limits.searchWithinStudy : limits.searchMaximum;
  const option = (name: string): [name: string, value: string] => [name, given.get(name)?.trim() ?? ''];
  return {
    limit: Math.min(wholeNumber(option('limit'), withinStudy ? most : limits.searchDefault), most),
    offset: wholeNumber(option('offset'), 0),
    fuzzyMatching: flag(option('fuzzymatching')),
    emptyValues: flag(option('emptyvaluematching')),
    multipleValues: flag(option('multiplevaluematching')),
    orderBy: orderTerms(option('orderby')[1]),
    count: flag(option('count')),
  };
}

/** PS3.18 8.3.4.4: an unsigned integer. */
function wholeNumber([name, value]: [string, string], absent: number): number {
  if (value === '') return absent;
  if (!/^\d+$/.test(value)) throw new HttpProblem('bad-request', `${name} is not a whole number.`);
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

/** PS3.18 8.3.4.2: the default is false. */
function flag([name, value]: [string, string]): boolean {
  if (value === '') return false;
  if (!/^(true|false)$/i.test(value)) throw new HttpProblem('bad-request', `${name} is neither true nor false.`);
  return value.toLowerCase() === 'true';
}

/** Each term becomes part of the SQL statement, so their number is limited. */
const MAX_ORDER_TERMS = 16;

/**
 * Reads `StudyDate,-PatientName`: a minus means descending order. A plus, which may have become a space, changes
 * nothing.
 */
function orderTerms(value: string): SearchOptions['orderBy'] {
  const terms = value
    .split(',')
    .map((term) => /^([+-]?)(.*)$/.exec(term.trim()))
    .map((term) => ({ name: term?.[2]?.trim() ?? '', descending: term?.[1] === '-' }))
    .filter(({ name }) => name !== '');
  if (terms.length > MAX_ORDER_TERMS) {
    throw new HttpProblem('bad-request', `orderby names more than ${MAX_ORDER_TERMS} attributes.`);
  }
  return terms;
}

/**
 * @throws HttpProblem 400: PS3.18 8.3.4.1 does not allow an attribute twice, and with an option given twice the meaning
 * is unclear
 */
export function refuseTwice(name: string): never {
  throw new HttpProblem('bad-request', `${named(name)} is given twice.`);
}
