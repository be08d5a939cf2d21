/** A part of a pattern that stands for itself. */
export interface Literal {
  readonly text: string;
  readonly at: 'anywhere' | 'start';
}

/** The longest part of a pattern that stands for itself; one more character's worth is it to stand at the start. */
export function longestLiteral(pattern: string): Literal | undefined {
  let found: Literal | undefined;
  let longest = 0;
  for (const { 0: text, index } of pattern.matchAll(/[^*?]+/g)) {
    const at = index === 0 ? 'start' : 'anywhere';
    const worth = text.length + (at === 'start' ? 1 : 0);
    if (worth > longest) [found, longest] = [{ text, at }, worth];
  }
  return found;
}

/** What a text must start with to match. */
export function leadingLiteral(pattern: string): string {
  return /^[^*?]*/.exec(pattern)?.[0] ?? '';
}
