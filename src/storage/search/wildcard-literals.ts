/** A part of a pattern that stands for itself. */
export interface Literal {
  readonly text: string;
  /** Where a text that matches has it. */
  readonly at: Place;
}

export type Place = 'anywhere' | 'start' | 'end';

/** The part of a pattern that stands for itself and tells most: the longest; to be at an end is worth characters more. */
export function longestLiteral(pattern: string): Literal | undefined {
  let found: Literal | undefined;
  for (const { 0: text, index } of pattern.matchAll(/[^*?]+/g)) {
    const at = index === 0 ? 'start' : index + text.length === pattern.length ? 'end' : 'anywhere';
    const literal: Literal = { text, at };
    if (found === undefined || worth(literal) > worth(found)) found = literal;
  }
  return found;
}

/** How much of a text is known, in characters. */
export function worth({ text, at }: Literal): number {
  return text.length + (at === 'anywhere' ? 0 : 1);
}

/** What a text must start with to match. */
export function leadingLiteral(pattern: string): string {
  return /^[^*?]*/.exec(pattern)?.[0] ?? '';
}
