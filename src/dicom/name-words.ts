import { doubleMetaphone } from 'double-metaphone';

/*
 * Fuzzy semantic matching of names (PS3.4 C.2.2.2.1.3 leaves it to the implementation): by the words of a name, in any
 * order, and by how they sound in English (Double Metaphone).
 */

/** Stands before a sound, so that no word is taken for one. */
const SOUND = '~';

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

/** What a name is found by: its words and how they sound. */
export function wordsAndSounds(folded: string): string[] {
  const words = nameWords(folded);
  return [...words, ...new Set(words.flatMap(soundsOf))];
}
