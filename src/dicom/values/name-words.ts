import { doubleMetaphone } from 'double-metaphone';

/*
 * Fuzzy semantic matching of names (PS3.4 C.2.2.2.1.3 leaves it to the implementation): by the words of a name, in any
 * order, and by their sound in English (Double Metaphone). The first character of each search term marks its kind, so
 * that different kinds cannot be confused.
 */
const SOUND = '~';
const PAIR = '+';

/** The most words of a name of which pairs are made. MANY_WORDS stands for the pairs of a longer name. */
const PAIRED_WORDS = 8;
const MANY_WORDS = PAIR;

/** The number of first characters that stand for a word in a pair. */
const START_LENGTH = 3;

/**
 * The words of a name, each once. A hyphen separates words; an apostrophe or a full stop does not: O'Hara is ohara.
 * @param folded result of foldPersonName
 */
export function nameWords(folded: string): string[] {
  const words = folded
    .replace(/['.]/g, '')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
  return [...new Set(words)];
}

/** The possible sounds of a word; none for an initial, and none for words that are not in Latin letters. */
export function soundsOf(word: string): string[] {
  if (!/^[a-z]{2,}$/.test(word)) return [];
  const sounds = doubleMetaphone(word).filter((sound) => sound !== '');
  return [...new Set(sounds)].map((sound) => SOUND + sound);
}

/** The search terms of a name: its words, their sounds, and each pair of words, by their starts or sounds. */
export function findableWords(folded: string): string[] {
  const words = nameWords(folded);
  const pairs =
    words.length > PAIRED_WORDS
      ? [MANY_WORDS]
      : words.flatMap((word, at) => words.slice(at + 1).flatMap((other) => pairsOf(word, other)));
  return [...new Set([...words, ...words.flatMap(soundsOf), ...pairs])];
}

/**
 * Pairs for a search by two words. Every name with both words, or with words that start with them, has at least one of
 * these pairs.
 * @param sounds also match names with words that sound like these
 * @returns undefined when a word has fewer than START_LENGTH characters: too many pairs could contain it
 */
export function wordPairs(word: string, other: string, sounds: boolean): string[] | undefined {
  if ([word, other].some((each) => Array.from(each).length < START_LENGTH)) return undefined;
  const pairs = sounds ? pairsOf(word, other) : [pair(startOf(word), startOf(other))];
  return [...pairs, MANY_WORDS];
}

function pairsOf(word: string, other: string): string[] {
  return marksOf(word).flatMap((one) => marksOf(other).map((two) => pair(one, two)));
}

function pair(one: string, two: string): string {
  return PAIR + [one, two].sort().join(PAIR);
}

function marksOf(word: string): string[] {
  return [startOf(word), ...soundsOf(word)];
}

function startOf(word: string): string {
  return Array.from(word).slice(0, START_LENGTH).join('');
}
