import type { MatchValue } from '../archive/search-query';
import { nameWords, soundsOf } from '../dicom/name-words';
import { foldPersonName } from '../dicom/person-name';
import { nameSQL, nameTerm } from './name-sql';
import { anyTerm, prefixTerm } from './search-terms';
import { type Fragment, sql, value } from './sql-fragment';

/*
 * Fuzzy matching of names (PS3.18 8.3.4.2, PS3.4 C.2.2.2.1.3): beside the names that match literally, those in which each
 * word of the value is found, in any order: as a word, as the start of one, or as one that sounds the same.
 */

/** The likeness of a name to the value, best first. */
export const RANKS = ['exact', 'words', 'starts', 'sounds'] as const;
export type Rank = (typeof RANKS)[number];

/** The words of a value; empty for one that is none: then it matches literally. */
export function fuzzyWords(matched: MatchValue): string[] {
  return nameWords(foldPersonName(textOf(matched)));
}

export function fuzzyNameSQL(column: string, matched: MatchValue): Fragment {
  const words = fuzzyWords(matched);
  const literal = nameSQL(column, matched);
  if (words.length === 0) return literal;
  const sought = words.map((word) => [word, ...soundsOf(word)]);
  return sql`(${literal}) OR (${everyWord(column, sought, `${IS_START} OR ${IS_SOUND}`)})`;
}

/** The place in RANKS of a name that matches. */
export function fuzzyRankSQL(column: string, matched: MatchValue): Fragment {
  const words = fuzzyWords(matched);
  const exact = nameSQL(column, { kind: 'single', value: textOf(matched) });
  const sought = words.map((word) => [word]);
  return sql`CASE WHEN ${exact} THEN 0 WHEN ${everyWord(column, sought, 'held.value = sought.value ->> 0')} THEN 1
    WHEN (${everyWord(column, sought, IS_START)}) OR (${nameSQL(column, matched)}) THEN 2 ELSE 3 END`;
}

/** Terms that every name has which is at least so like the value: of the name, or of its words. */
export function fuzzyTerms(matched: MatchValue, word: string, rank: Rank): { of: 'name' | 'words'; term: Fragment }[] {
  if (rank === 'words') return [{ of: 'words', term: anyTerm([word]) }];
  const literal = nameTerm(rank === 'exact' ? { kind: 'single', value: textOf(matched) } : matched);
  const sounds = soundsOf(word);
  return [
    ...(literal === undefined ? [] : [{ of: 'name' as const, term: literal.term }]),
    ...(rank === 'exact' ? [] : [{ of: 'words' as const, term: prefixTerm(word) }]),
    ...(rank === 'sounds' && sounds.length > 0 ? [{ of: 'words' as const, term: anyTerm(sounds) }] : []),
  ];
}

const IS_START = `(held.value >= sought.value ->> 0 AND held.value < sought.value ->> 0 || char(0x10FFFF))`;
const IS_SOUND = `held.value IN (sought.value ->> 1, sought.value ->> 2)`;

/** @param sought each word with its sounds */
function everyWord(column: string, sought: readonly (readonly string[])[], isFound: string): Fragment {
  return sql`study.${column}_words IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM json_each(${value(JSON.stringify(sought))}) AS sought
    WHERE NOT EXISTS (SELECT 1 FROM json_each(study.${column}_words) AS held WHERE ${isFound}))`;
}

/** The value without wildcards. */
function textOf(matched: MatchValue): string {
  switch (matched.kind) {
    case 'single':
      return matched.value;
    case 'wildcard':
      return matched.pattern.replace(/[*?]+/g, ' ');
    default:
      return '';
  }
}
