/** Letters that Unicode does not decompose and that people type without their stroke. */
const PLAIN_LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ð: 'd',
  đ: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŧ: 't',
  ŋ: 'n',
  ς: 'σ',
  // Apostrophes and hyphens as word processors and as keyboards write them.
  '’': "'",
  ʼ: "'",
  '‘': "'",
  '‐': '-',
  '–': '-',
};

/**
 * Accents of Latin, Greek and Cyrillic, and the points of Hebrew and Arabic. Other marks are kept: the voicing of kana
 * and the vowels of Indic scripts make different syllables.
 */
const ACCENTS = /[[\p{M}&&[\p{sc=Inherited}\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Cyrillic}]]--[\u3099\u309a]]/gv;

/**
 * Removes case and accents, and also width and ligature variants (NFKD), so that half-width katakana matches
 * full-width. Texts that a person takes for the same name become the same. The index holds names in this form.
 */
export function foldLetters(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase();
  return (
    text
      .normalize('NFKD')
      .toLowerCase()
      .normalize('NFKD')
      .replace(ACCENTS, '')
      .replace(/[ßæœøðđþłħıŧŋς’ʼ‘‐–]/g, (letter) => PLAIN_LETTERS[letter] ?? letter)
      // NFKD also decomposed Hangul and voiced kana. Compose them again, so that a pattern's ? matches one syllable.
      .normalize('NFC')
  );
}
