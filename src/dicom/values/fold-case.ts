/**
 * Folds the case of a text: each character becomes its lower case, where that is a single character. The folded text
 * has the same length as the original, so a pattern whose `?` matches one of them also matches the other.
 */
export function foldCase(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase();
  return Array.from(text, (character) => {
    const lower = character.toLowerCase();
    // A sigma at the end of a word has its own lower-case form.
    return lower === 'ς' ? 'σ' : lower.length === character.length ? lower : character;
  }).join('');
}
