import type { Match, MatchValue, SearchQuery } from '../../archive/search/search-query';
import { nameWords, soundsOf, wordPairs } from '../../dicom/values/name-words';
import { foldPersonName } from '../../dicom/values/person-name';
import { all, anyOf, type Fragment, sql, value } from '../statements/sql-fragment';
import { nameSQL, nameTerm } from './name-sql';
import { anyTerm, prefixTerm } from './search-terms';

/*
 * Fuzzy matching of names (PS3.18 8.3.4.2, PS3.4 C.2.2.2.1.3). A name matches when it matches literally. It also
 * matches when it contains each word of the value, in any order: as a word, as the start of a word, or as a word that
 * sounds the same. Two words of the value must be found in two words of the name.
 */

/** How similar a name is to the value, best first. */
export const RANKS = ['exact', 'words', 'starts', 'sounds'] as const;
/** One of the ranks above. */
export type Rank = (typeof RANKS)[number];

/** The words of a value that are compared, at most. Names have fewer. */
const MOST_WORDS = 6;

/** The words of a value; empty when it has none, and then it matches literally. */
export function fuzzyWords(matched: MatchValue): string[] {
  return nameWords(foldPersonName(textOf(matched))).slice(0, MOST_WORDS);
}

/** The key that ranks names that match fuzzily: the first one whose value has words. */
export function rankedKey({
  fuzzyMatching,
  matches,
}: Pick<SearchQuery, 'fuzzyMatching' | 'matches'>): Match | undefined {
  if (!fuzzyMatching) return undefined;
  return matches.find(
    ({ key, value }) => key.matching === 'name' && key.source.kind === 'column' && fuzzyWords(value).length > 0,
  );
}

/** The condition that a name column matches fuzzily. A value without words matches literally. */
export function fuzzyNameSQL(column: string, matched: MatchValue): Fragment {
  const words = fuzzyWords(matched);
  const literal = nameSQL(column, matched);
  if (words.length === 0) return literal;
  const found = words.map((word) =>
    anyOf([isStart(column, word), ...soundsOf(word).map((sound) => isHeld(column, sound))]),
  );
  const pairs = pairsOf(words, true);
  // The last condition to be tested, because D1 counts the rows of a JSON parameter as rows read.
  const paired = sql`EXISTS (SELECT 1 FROM json_each(${value(JSON.stringify(pairs ?? []))}) AS pair
    WHERE instr(study.${column}_words, '"' || pair.value || '"') > 0)`;
  return sql`(${literal}) OR (${all([...found, ...(pairs === undefined ? [] : [paired])])})`;
}

/**
 * Pairs of the two longest words, which have to be found in two words of the name: the value "Jones, Jon" does not
 * match the name "Jones, Ann".
 */
function pairsOf(words: readonly string[], sounds: boolean): string[] | undefined {
  const [longest = '', second = ''] = [...words].sort((one, other) => other.length - one.length);
  return wordPairs(longest, second, sounds);
}

/** The rank of a name that matches, as its place in RANKS. */
export function fuzzyRankSQL(column: string, matched: MatchValue): Fragment {
  const words = fuzzyWords(matched);
  const exact = nameSQL(column, { kind: 'single', value: textOf(matched) });
  const held = all(words.map((word) => isHeld(column, word)));
  const started = all(words.map((word) => isStart(column, word)));
  return sql`CASE WHEN ${exact} THEN 0 WHEN ${held} THEN 1 WHEN (${started}) OR (${nameSQL(column, matched)}) THEN 2 ELSE 3 END`;
}

/** The column is a JSON array, and no word has a character that JSON would escape. */
function isHeld(column: string, word: string): Fragment {
  return sql`instr(study.${column}_words, ${value(`"${word}"`)}) > 0`;
}

function isStart(column: string, word: string): Fragment {
  return sql`instr(study.${column}_words, ${value(`"${word}`)}) > 0`;
}

/**
 * Terms to find names that are at least this similar to the value: every such name has one of them. They are terms of
 * the name itself, or of its words.
 */
export interface NameTerm {
  readonly of: 'name' | 'words';
  readonly term: Fragment;
}

/** Several ways to find the names that are at least this similar to the value. */
export function fuzzyTerms(
  matched: MatchValue,
  rank: Rank,
): { readonly known: number; readonly terms: readonly NameTerm[] }[] {
  const found = nameTerm(rank === 'exact' ? { kind: 'single', value: textOf(matched) } : matched);
  const literal: NameTerm[] = found === undefined || rank === 'words' ? [] : [{ of: 'name', term: found.term }];
  if (rank === 'exact') return [{ known: found?.known ?? 0, terms: literal }];
  const words = fuzzyWords(matched);
  const pairs = pairsOf(words, rank === 'sounds');
  if (pairs !== undefined) return [{ known: words.join('').length, terms: [...literal, ofWords(anyTerm(pairs))] }];
  // Each word leads to all the names: the statement finds the rarest word when it runs.
  return words.map((word) => {
    const sounds = rank === 'sounds' ? soundsOf(word) : [];
    const exact = rank === 'words' ? anyTerm([word]) : prefixTerm(word);
    return {
      known: word.length,
      terms: [...literal, ofWords(exact), ...(sounds.length > 0 ? [ofWords(anyTerm(sounds))] : [])],
    };
  });
}

function ofWords(term: Fragment): NameTerm {
  return { of: 'words', term };
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
