import { HttpProblem } from './problem';

/**
 * Names that PS3.18 reserves (8.3.3 to 8.3.5), and this server's own, that are no attributes. Clients write them in any
 * case: includeField, fuzzyMatching.
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
 * The parameters of a query (PS3.18 8.3), decoded, in order and with repeats. Reserved names come in lower case, others
 * as sent. What has no name is left out: Weasis sends `?&includefield=`.
 * @param url absolute
 */
export function queryParameters(url: string): [name: string, value: string][] {
  const parameters: [string, string][] = [];
  for (const [name, value] of new URL(url).searchParams) {
    if (name === '') continue;
    const lower = name.toLowerCase();
    parameters.push([RESERVED.has(lower) ? lower : name, value]);
  }
  return parameters;
}

/**
 * As queryParameters, for a search: what it asks must be certain. Values are UTF-8 in percent-encoding (PS3.18 8.3.1,
 * RFC 3986 2.5), and no control characters, which no value that is searched holds (PS3.5 6.1.3).
 * @throws HttpProblem 400 that names the parameter
 */
export function searchParameters(url: string): [name: string, value: string][] {
  for (const pair of new URL(url).search.slice(1).split('&')) {
    const [name = ''] = pair.split('=', 1);
    if (!isEncoded(pair)) {
      throw new HttpProblem('bad-request', `${named(name)} is not percent-encoded UTF-8.`);
    }
  }
  const parameters = queryParameters(url);
  for (const [name, value] of parameters) {
    if (/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(value)) {
      throw new HttpProblem('bad-request', `The value of ${named(name)} holds a control character.`);
    }
  }
  return parameters;
}

/** A parameter's name is repeated only if it looks like one: what comes in its place could be anything. */
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
