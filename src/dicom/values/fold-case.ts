/**
 * A text without regard to case: each character in lower case, where that is one character. So a folded text is as long
 * as the text itself, and a pattern whose `?` matches the one matches the other.
 */
export function foldCase(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase();
  return Array.from(text, (character) => {
    const lower = character.toLowerCase();
    // A sigma at the end of a word has a form of its own.
    return lower === 'ς' ? 'σ' : lower.length === character.length ? lower : character;
  }).join('');
}
