import {
  comparableNumber,
  comparableText,
  dateTimeSpan,
  type Span,
  timeSpan,
} from '../../archive/search/comparable-value';
import type { Matching } from '../../archive/search/search-keys';
import type { MatchValue } from '../../archive/search/search-query';
import { foldCase } from '../../dicom/values/fold-case';
import { foldPersonName } from '../../dicom/values/person-name';
import { formsOf } from '../search/missing-components';
import { anyWildcardSQL, wildcardSQL } from '../search/wildcard-sql';
import { type Fragment, fragment, joined } from '../statements/sql-fragment';

/**
 * The condition on the comparable values of an extra attribute (PS3.4 C.2.2.2), in a form for which the index on values
 * is used.
 * @param column SQL of the value, never from the client
 * @param timezoneOffset of the dates and times in the request, minutes
 */
export function valueCondition(
  column: string,
  matching: Matching,
  value: MatchValue,
  timezoneOffset: number | undefined,
): Fragment {
  const span = (text: string): Span | undefined =>
    matching === 'time' ? timeSpan(text) : dateTimeSpan(text, timezoneOffset);
  switch (value.kind) {
    case 'single':
      if (matching === 'datetime') return within(column, span(value.value), span(value.value));
      return fragment(`${column} = ?`, comparable(matching, value.value));
    case 'list':
      return fragment(
        `${column} IN (SELECT value FROM json_each(?))`,
        JSON.stringify(value.values.map((one) => comparable(matching, one))),
      );
    case 'wildcard':
      if (matching === 'name') return nameWildcard(column, value.pattern);
      return wildcardSQL(column, matching === 'caseless' ? foldCase(value.pattern) : value.pattern);
    case 'range': {
      const { from, to } = value;
      if (matching !== 'date') return within(column, from && span(from), to && span(to));
      return within(column, from && { first: from, last: from }, to && { first: to, last: to });
    }
    default:
      throw new TypeError(`an attribute cannot be matched by ${value.kind}`);
  }
}

function comparable(matching: Matching, text: string): string | number {
  if (matching === 'decimal' || matching === 'number') return comparableNumber(text) ?? comparableText(text);
  if (matching === 'name') return comparableText(foldPersonName(text));
  return matching === 'caseless' ? foldCase(comparableText(text)) : comparableText(text);
}

/**
 * Both ends are inclusive. A value that is not a date or time begins with another character than a digit, and is in no
 * range.
 */
function within(column: string, from: Span | undefined | '', to: Span | undefined | ''): Fragment {
  return joined(
    [
      fragment(`${column} >= ?`, from ? from.first : '0'),
      to ? fragment(`${column} <= ?`, to.last) : fragment(`${column} < ?`, ':'),
    ],
    'AND',
  );
}

/** Empty components do not matter (PS3.4 C.2.2.2.1.1): `SMITH^*` also finds a name that is only SMITH. */
function nameWildcard(column: string, pattern: string): Fragment {
  return anyWildcardSQL(column, formsOf(foldPersonName(pattern)));
}
