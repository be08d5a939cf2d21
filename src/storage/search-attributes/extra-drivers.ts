import type { Match, MatchValue } from '../../archive/search/search-query';
import type { Driver } from '../search/driver';
import { longestLiteral } from '../search/wildcard-literals';
import { type Fragment, fragment, sql } from '../statements/sql-fragment';
import { valueCondition } from './extra-value-condition';

/** Leads to the studies that have, or contain, a value of an extra attribute: in study_term, by the value as text. */
export function extraDrivers({ key, value }: Match, timezoneOffset: number | undefined): Driver[] {
  if (key.source.kind !== 'extra' || value.kind === 'empty') return [];
  if (value.kind === 'all') {
    return value.values.flatMap((one) => extraDrivers({ key, value: { kind: 'single', value: one } }, timezoneOffset));
  }
  const { names } = key.source;
  const fields = fragment(
    `field IN (SELECT ${FIRST_FIELD} + id FROM search_attribute WHERE name IN (SELECT value FROM json_each(?)))`,
    JSON.stringify(names),
  );
  const condition = valueCondition('term', key.matching, value, timezoneOffset);
  const term = key.matching === 'decimal' ? asText(condition) : condition;
  const sources = [{ table: 'study_term', study: 'study_id', where: sql`${fields} AND (${term})` }];
  return [{ weight: weightOf(value), sources, blockSources: sources }];
}

/** The number of the first extra attribute's field, as in migrations/0001_archive.sql. */
const FIRST_FIELD = 1000;

/** A number as SQLite writes the number of the same JSON text: a bound number would always be real. */
function asText({ parameters }: Fragment): Fragment {
  return fragment("term = CAST(? ->> '$' AS TEXT)", JSON.stringify(parameters[0]));
}

/** A guess, as for other attributes about which nothing is known. */
function weightOf(value: MatchValue): number {
  switch (value.kind) {
    case 'single':
      return 40;
    case 'list':
      return 39;
    case 'wildcard':
      return Math.min(30, 4 * (longestLiteral(value.pattern)?.text.length ?? 0));
    default:
      return 4;
  }
}
