/** A part of a pattern without wildcards. */
export interface Literal {
  readonly text: string;
  /** Where a matching text contains it. */
  readonly at: Place;
}

/** Where a literal is in a text. */
export type Place = 'anywhere' | 'start' | 'end';

/**
 * The part without wildcards that is most selective: the longest. A place at an end counts as additional characters.
 */
export function longestLiteral(pattern: string): Literal | undefined {
  let found: Literal | undefined;
  for (const { 0: text, index } of pattern.matchAll(/[^*?]+/g)) {
    const at = index === 0 ? 'start' : index + text.length === pattern.length ? 'end' : 'anywhere';
    const literal: Literal = { text, at };
    if (found === undefined || worth(literal) > worth(found)) found = literal;
  }
  return found;
}

/** How many characters of a text it fixes. */
export function worth({ text, at }: Literal): number {
  return text.length + (at === 'anywhere' ? 0 : 1);
}

/** The text that a matching text must begin with. */
export function leadingLiteral(pattern: string): string {
  return /^[^*?]*/.exec(pattern)?.[0] ?? '';
}
