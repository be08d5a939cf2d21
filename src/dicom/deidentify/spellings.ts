import { foldLetters } from '../values/fold-letters';

/** Letters that are also written as two. Folding leaves only the first of them. */
const DIGRAPHS: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' };

/** A shorter word without its digraphs is often a word of another meaning: Noe would be no, and Coer the plane cor. */
const SHORTEST_CONTRACTED = 4;

/**
 * The ways in which people write a word, each folded: without the marks of its letters, with digraphs in their place, and
 * with plain letters in place of digraphs. Two words are spellings of one name when they have one of these in common: Müller,
 * Muller, Mueller.
 * @returns the folded word first; nothing for a word without letters and digits
 */
export function spellings(word: string): readonly string[] {
  const plain = foldWord(word);
  if (plain === '') return [];
  const all = [plain];
  if (!ASCII.test(word)) {
    const composed = word.normalize('NFKC').toLowerCase();
    all.push(foldWord(composed.replace(/[äöüøå]/g, (letter) => DIGRAPHS[letter]!)));
  }
  const contracted = plain.replace(/a[ae]|[ou]e/g, (digraph) => digraph[0]!);
  if (contracted !== plain && contracted.length >= SHORTEST_CONTRACTED) all.push(contracted);
  return all;
}

/**
 * A word as search folds names, with katakana as hiragana, and without apostrophes and other modifiers that Unicode
 * counts as letters.
 */
export function foldWord(word: string): string {
  const folded = foldLetters(word);
  if (ASCII.test(folded)) return folded;
  return folded
    .replace(/[^\p{L}\p{M}\p{N}]|[\u02b9-\u02d7\u0640]/gu, '')
    .replace(/[\u30a1-\u30f6\u30fd\u30fe]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - KATAKANA));
}

const ASCII = /^[A-Za-z\d]*$/;

/** How far katakana are behind hiragana in Unicode. */
const KATAKANA = 0x60;
