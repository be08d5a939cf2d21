/**
 * Names that PS3.18 reserves (8.3.3 to 8.3.5) and that are no attributes. Clients write them in any case: includeField,
 * fuzzyMatching.
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
