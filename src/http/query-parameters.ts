import { HttpProblem } from './problem';

/**
 * Names that PS3.18 reserves (8.3.3 to 8.3.5) and names that this server adds; they are not attributes. Clients write
 * them in any case: includeField, fuzzyMatching.
 */
const RESERVED: ReadonlySet<string> = new Set([
  'accept',
  'charset',
  'includefield',
  'limit',
  'offset',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
  'orderby',
  'count',
  'annotation',
  'quality',
  'viewport',
  'window',
  'iccprofile',
]);

/**
 * Reads the parameters of a query (PS3.18 8.3), decoded, in order and with repetitions. Reserved names are in lower
 * case, others as sent. A parameter without a name is left out: Weasis sends `?&includefield=`.
 * @param url absolute
 */
export function queryParameters(url: string): [name: string, value: string][] {
  return parametersOf(queryOf(url));
}

/** The query of a URL that the runtime has already normalised. The URL is not parsed: that takes as long as a search. */
function queryOf(url: string): string {
  const fragment = url.indexOf('#');
  const end = fragment < 0 ? url.length : fragment;
  const begin = url.indexOf('?');
  return begin < 0 || begin > end ? '' : url.slice(begin + 1, end);
}

function parametersOf(query: string): [name: string, value: string][] {
  const parameters: [string, string][] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === '') continue;
    const lower = name.toLowerCase();
    parameters.push([RESERVED.has(lower) ? lower : name, value]);
  }
  return parameters;
}

/**
 * Like queryParameters, for a search, where every parameter must be certain. Values must be percent-encoded UTF-8
 * (PS3.18 8.3.1, RFC 3986 2.5) without control characters, which no searched value contains (PS3.5 6.1.3).
 * @throws HttpProblem 400 that names the parameter
 */
export function searchParameters(url: string): [name: string, value: string][] {
  const query = queryOf(url);
  for (const pair of query.split('&')) {
    const [name = ''] = pair.split('=', 1);
    if (!isEncoded(pair)) {
      throw new HttpProblem('bad-request', `${named(name)} is not percent-encoded UTF-8.`);
    }
  }
  const parameters = parametersOf(query);
  for (const [name, value] of parameters) {
    if (/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(value)) {
      throw new HttpProblem('bad-request', `The value of ${named(name)} contains a control character.`);
    }
  }
  return parameters;
}

/**
 * The name of a parameter as an error may repeat it. It is repeated only if it looks like a parameter's name, because a
 * client may send anything in its place.
 */
export function named(name: string): string {
  return /^[A-Za-z0-9.]{1,100}$/.test(name) ? name : 'A query parameter';
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
