import type { Fragment } from '../sql-fragment';

/** The longest pattern that D1 accepts for GLOB, bytes. */
const LONGEST_GLOB = 50;

/** Sorts after every text that begins with a prefix. */
const LAST = '\u{10FFFF}';

/**
 * Wildcard matching (PS3.4 C.2.2.2.4): `*` stands for any number of characters, including none, and `?` for exactly
 * one. Every other character is data, including `%`, `_`, `[` and quotes. Case-sensitive.
 * @param expression SQL of the text to match; it must not contain input
 * @returns a condition with at most six parameters, whatever the pattern's length
 */
export function wildcardSQL(expression: string, pattern: string): Fragment {
  const tokens = tokenize(pattern);
  const prefix = typeof tokens[0] === 'string' ? tokens[0] : '';
  const conditions: Fragment[] = [];
  // A range on the literal start allows an index; GLOB with a bound pattern never uses one.
  if (prefix !== '') conditions.push(prefixSQL(expression, prefix));
  if (!(prefix !== '' && tokens.length === 2 && tokens[1] === null)) conditions.push(exactly(expression, tokens));
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

function prefixSQL(expression: string, prefix: string): Fragment {
  return { sql: `${expression} >= ? AND ${expression} < ?`, parameters: [prefix, prefix + LAST] };
}

function exactly(expression: string, tokens: readonly Token[]): Fragment {
  const glob = tokens.map(globOf).join('');
  if (new TextEncoder().encode(glob).length <= LONGEST_GLOB) return { sql: `${expression} GLOB ?`, parameters: [glob] };
  return walk(expression, tokens);
}

/** A literal; a number of characters of any kind; or null for any number of any characters. */
type Token = string | number | null;

/**
 * A run of `*` and `?` in any order stands for as many characters as it has `?`, and for any number more if it has a
 * `*`.
 */
function tokenize(pattern: string): Token[] {
  return (pattern.match(/[^*?]+|[*?]+/g) ?? []).flatMap((run): Token[] => {
    if (!/^[*?]/.test(run)) return [run];
    const single = run.replaceAll('*', '').length;
    return [...(single > 0 ? [single] : []), ...(single < run.length ? [null] : [])];
  });
}

function globOf(token: Token): string {
  if (token === null) return '*';
  return typeof token === 'number' ? '?'.repeat(token) : token.replaceAll('[', '[[]');
}

/**
 * Matches a pattern that is too long for GLOB, by a walk over the pairs (token, position) that can be reached from the
 * start. UNION drops pairs that were already seen, so there are never more than the number of tokens times the number
 * of characters. Texts that are too short, and texts without the longest literal, are not walked.
 */
function walk(expression: string, tokens: readonly Token[]): Fragment {
  const literals = tokens.filter((token) => typeof token === 'string');
  const longest = literals.reduce((found, literal) => (literal.length > found.length ? literal : found), '');
  const shortest = tokens.reduce<number>((sum, token) => sum + lengthOf(token), 0);
  return {
    sql: `length(${expression}) >= ? AND instr(${expression}, ?) > 0 AND EXISTS (
      WITH RECURSIVE walk (step, position) AS (
        SELECT 0, 1
        UNION
        SELECT
          walk.step + 1 - choice.stay,
          walk.position + CASE token.type WHEN 'text' THEN length(token.value) WHEN 'integer' THEN token.value ELSE choice.stay END
        FROM walk
        JOIN json_each(?) AS token ON token.key = walk.step
        JOIN (SELECT 0 AS stay UNION ALL SELECT 1) AS choice ON choice.stay = 0 OR token.type = 'null'
        WHERE CASE token.type
          WHEN 'text' THEN substr(${expression}, walk.position, length(token.value)) = token.value
          WHEN 'integer' THEN walk.position + token.value <= length(${expression}) + 1
          ELSE walk.position + choice.stay <= length(${expression}) + 1
        END
      )
      SELECT 1 FROM walk WHERE step = ? AND position = length(${expression}) + 1
    )`,
    parameters: [shortest, longest, JSON.stringify(tokens), tokens.length],
  };
}

/** Characters as SQLite counts them. */
function lengthOf(token: Token): number {
  return typeof token === 'string' ? Array.from(token).length : (token ?? 0);
}
