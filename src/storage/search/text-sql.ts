import type { SearchKey } from '../../archive/search/search-keys';
import type { Match, MatchValue } from '../../archive/search/search-query';
import { foldCase } from '../../dicom/values/fold-case';
import { all, type Fragment, fragment, sql } from '../statements/sql-fragment';
import { wildcardSQL } from './wildcard-sql';

/** Matching of a text that is compared as it is. */
export function textSQL(column: string, matched: MatchValue): Fragment {
  switch (matched.kind) {
    case 'single':
      return fragment(`${column} = ?`, matched.value);
    case 'list':
      return fragment(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(matched.values));
    case 'all':
      return all(matched.values.map((each) => fragment(`${column} = ?`, each)));
    case 'wildcard':
      return wildcardSQL(column, matched.pattern);
    case 'empty':
      return fragment(`${column} IS NULL`);
    case 'range':
      throw new TypeError('text cannot be matched by range');
  }
}

/**
 * Matching without regard to case: the column holds folded text (src/archive/store/records.ts). When case matters, the
 * attribute that the index keeps for responses decides; the folded text finds everything that can match.
 * @param column of the table of the key's level
 */
export function caselessSQL(key: SearchKey, column: string, matched: MatchValue, caseSensitive: boolean): Fragment {
  const found = textSQL(column, foldedValue(matched));
  if (!caseSensitive || matched.kind === 'empty') return found;
  return all([found, textSQL(firstValue(`${key.level}.attributes`, key.path), matched)]);
}

/** Matches the texts of one item of Request Attributes Sequence (0040,0275) of a series, with regard to case. */
export function itemAsStored(matches: readonly Match[]): Fragment {
  const held = matches.flatMap(({ key, value }) => {
    const [, tag = ''] = key.path.split('.');
    return value.kind === 'empty' ? [] : [textSQL(firstValue('item.value', tag), value)];
  });
  return sql`EXISTS (SELECT 1 FROM json_each(series.attributes, '$."00400275".Value') AS item WHERE ${all(held)})`;
}

/**
 * @param json SQL of a data set as DICOM JSON
 * @param tag of this archive's own table, never from the client
 */
function firstValue(json: string, tag: string): string {
  return `trim(${json} ->> '$."${tag}".Value[0]')`;
}

/** The value in the form of the columns whose text is folded. */
export function foldedValue(matched: MatchValue): MatchValue {
  switch (matched.kind) {
    case 'single':
      return { ...matched, value: foldCase(matched.value) };
    case 'list':
    case 'all':
      return { ...matched, values: matched.values.map(foldCase) };
    case 'wildcard':
      return { ...matched, pattern: foldCase(matched.pattern) };
    default:
      return matched;
  }
}
