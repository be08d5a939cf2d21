import type { MatchValue } from '../archive/search-query';
import { foldPersonName } from '../dicom/person-name';
import { type Fragment, fragment, joined } from './sql-fragment';
import { wildcardSQL } from './wildcard-sql';

/**
 * Person names (PS3.4 C.2.2.2.1.1): the column holds folded names, so the value is folded the same way. A name matches as
 * a whole, or in one of its component groups (PS3.5 6.2.1.2). Trailing empty components do not count: `SMITH^*` also
 * finds a name that is SMITH alone.
 * @param column of the study table
 * @returns an empty text when the value folds to nothing, which every name matches
 */
export function nameSQL(column: string, value: MatchValue): Fragment {
  if (value.kind === 'single') {
    const name = foldPersonName(value.value);
    return name === '' ? fragment('') : wholeOrGroup(column, (expression) => fragment(`${expression} = ?`, name));
  }
  if (value.kind !== 'wildcard') throw new TypeError(`a name cannot be matched by ${value.kind}`);
  const pattern = foldPersonName(value.pattern);
  if (/^[*\s]*$/.test(pattern)) return fragment('');
  // Components are separated by a space in the folded form.
  const missing = pattern.replace(/( \*+)+$/, '');
  if (missing === pattern) return wholeOrGroup(column, (expression) => wildcardSQL(expression, pattern));
  return wholeOrGroup(column, (expression) =>
    joined([wildcardSQL(expression, `${missing} *`), wildcardSQL(expression, missing)], 'OR'),
  );
}

/**
 * Few names have more than one group, and a partial index lists them: the groups are looked at in a query of their own,
 * so that the index on the whole name still answers equality and prefixes.
 */
function wholeOrGroup(column: string, match: (expression: string) => Fragment): Fragment {
  const whole = match(`study.${column}`);
  const group = match('part.value');
  return joined(
    [
      whole,
      {
        // The name as a JSON array of its groups.
        sql: `study.id IN (
          SELECT named.id
          FROM study AS named, json_each('[' || replace(json_quote(named.${column}), '=', '","') || ']') AS part
          WHERE instr(named.${column}, '=') > 0 AND (${group.sql})
        )`,
        parameters: group.parameters,
      },
    ],
    'OR',
  );
}
