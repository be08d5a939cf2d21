import { doubleMetaphone } from 'double-metaphone';

/*
 * Fuzzy semantic matching of names (PS3.4 C.2.2.2.1.3 leaves it to the implementation): by the words of a name, in any
 * order, and by how they sound in English (Double Metaphone). What a name is found by is marked by its first character,
 * so that none is taken for another.
 */
const SOUND = '~';
const PAIR = '+';

/** Of names of more words than this no pairs are made; MANY_WORDS stands for them. */
const PAIRED_WORDS = 8;
const MANY_WORDS = PAIR;

/** So much of the start of a word stands for it in a pair. */
const START_LENGTH = 3;

/**
 * The words of a name, each once. A hyphen parts words; an apostrophe or a full stop does not: O'Hara is ohara.
 * @param folded by foldPersonName
 */
export function nameWords(folded: string): string[] {
  const words = folded
    .replace(/['.]/g, '')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
  return [...new Set(words)];
}

/** How a word may sound; nothing for an initial, and for words that are not of Latin letters. */
export function soundsOf(word: string): string[] {
  if (!/^[a-z]{2,}$/.test(word)) return [];
  const sounds = doubleMetaphone(word).filter((sound) => sound !== '');
  return [...new Set(sounds)].map((sound) => SOUND + sound);
}

/** What a name is found by: its words, how they sound, and any two of them together by their starts or sounds. */
export function findableWords(folded: string): string[] {
  const words = nameWords(folded);
  const pairs =
    words.length > PAIRED_WORDS
      ? [MANY_WORDS]
      : words.flatMap((word, at) => words.slice(at + 1).flatMap((other) => pairsOf(word, other)));
  return [...new Set([...words, ...words.flatMap(soundsOf), ...pairs])];
}

/**
 * Pairs of which every name has one that has both words, or words that start with them.
 * @param sounds also those that have words which sound like them
 * @returns undefined where too little is known of a word: names may have it in too many ways
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
