import { all, anyOf, type Fragment, fragment } from '../statements/sql-fragment';
import { commonStart } from './missing-components';

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

/**
 * Matching of any of some patterns.
 * @param patterns at least one
 * @returns a condition with at most three parameters, or six for each pattern when one of them is long
 */
export function anyWildcardSQL(expression: string, patterns: readonly string[]): Fragment {
  const [first = ''] = patterns;
  if (patterns.length === 1) return wildcardSQL(expression, first);
  const globs = patterns.map((pattern) => tokenize(pattern).map(globOf).join(''));
  if (!globs.every(isShort)) return anyOf(patterns.map((pattern) => wildcardSQL(expression, pattern)));
  const start = commonStart(patterns);
  return all([
    ...(start === '' ? [] : [prefixSQL(expression, start)]),
    fragment(`EXISTS (SELECT 1 FROM json_each(?) AS form WHERE ${expression} GLOB form.value)`, JSON.stringify(globs)),
  ]);
}

function prefixSQL(expression: string, prefix: string): Fragment {
  return { sql: `${expression} >= ? AND ${expression} < ?`, parameters: [prefix, prefix + LAST] };
}

function exactly(expression: string, tokens: readonly Token[]): Fragment {
  const glob = tokens.map(globOf).join('');
  if (isShort(glob)) return { sql: `${expression} GLOB ?`, parameters: [glob] };
  return walk(expression, tokens);
}

function isShort(glob: string): boolean {
  return new TextEncoder().encode(glob).length <= LONGEST_GLOB;
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
 * How often parts with a `?` between letters are tried in one text. A text of so many characters is matched in any case. In
 * a longer one, such a part may begin at every place and never go on: one text would then hold the database for seconds.
 */
const MOST_TRIES = 4000;

/** The text between two `*`, before the first, or after the last. Between two it begins with a literal. */
interface Segment {
  readonly literals: readonly { readonly at: number; readonly text: string }[];
  /** Characters in all. */
  readonly length: number;
}

/**
 * Matches a pattern that is too long for GLOB. The texts before the first `*` and after the last have fixed places.
 * Between them, each segment is looked for where the previous one ends: if the pattern matches at all, it does so with
 * the first place of each, so nothing is tried twice. Texts that are too short, and texts without the longest literal, are
 * not looked at further.
 */
function walk(expression: string, tokens: readonly Token[]): Fragment {
  const segments = segmentsOf(tokens);
  const [first, last] = [segments[0]!, segments.at(-1)!];
  const ends = segments.length === 1 ? [first] : [first, last];
  const between = segments.slice(1, -1);
  const literals = segments.flatMap((segment) => segment.literals.map(({ text }) => text));
  const longest = literals.reduce((found, literal) => (literal.length > found.length ? literal : found), '');
  const shortest = segments.reduce((sum, { length }) => sum + length, 0);
  // Places from 1 are counted from the start, negative ones from the end.
  const fixed = ends.flatMap((segment, end) =>
    segment.literals.map(({ at, text }) => ({ at: end === 0 ? at + 1 : at - segment.length, text })),
  );
  const found = {
    sql: `length(${expression}) ${segments.length === 1 ? '=' : '>='} ${shortest} AND instr(${expression}, ?) > 0
      AND NOT EXISTS (SELECT 1 FROM json_each(?) AS part WHERE ${differs(expression, '0')})`,
    parameters: [longest, JSON.stringify(fixed)],
  };
  if (between.length === 0) return found;
  const inner = `substr(${expression}, ${first.length + 1}, length(${expression}) - ${first.length + last.length})`;
  return {
    sql: `${found.sql} AND ${findsInOrder(inner, between.length)}`,
    parameters: [...found.parameters, JSON.stringify(between)],
  };
}

/**
 * Whether segments, the parameter, occur in a text one after the other. A row of the walk is a segment, the text from which
 * it is looked for, and the place of its first literal there: -1 before it was looked for, 0 if there is none.
 */
function findsInOrder(text: string, segments: number): string {
  // The function keeps the parsed parameter from one row to the next. A join with json_each would read all of it each time.
  const of = (path: string) => `json_extract(segments.value, '$[' || walk.step || ']${path}')`;
  return `EXISTS (
      WITH RECURSIVE segments (value) AS (SELECT ?), walk (step, rest, place) AS (
        SELECT 0, ${text}, -1
        UNION ALL
        SELECT
          walk.step + choice.fits,
          CASE
            WHEN walk.place < 0 THEN walk.rest
            WHEN choice.fits THEN substr(walk.rest, walk.place + ${of('.length')})
            ELSE substr(walk.rest, walk.place + 1)
          END,
          CASE WHEN walk.place < 0 THEN instr(walk.rest, ${of('.literals[0].text')}) ELSE -1 END
        FROM walk, segments
        JOIN (SELECT 0 AS fits UNION ALL SELECT 1) AS choice ON choice.fits = (walk.place > 0 AND (
          ${of('.literals[1]')} IS NULL
          OR NOT EXISTS (SELECT 1 FROM json_each(${of('.literals')}) AS part WHERE ${differs('walk.rest', 'walk.place')})
        ))
        WHERE walk.step < ${segments} AND walk.place <> 0
          AND (NOT choice.fits OR length(walk.rest) >= walk.place - 1 + ${of('.length')})
        LIMIT ${2 * (segments + MOST_TRIES)}
      )
      SELECT 1 FROM walk WHERE step = ${segments}
    )`;
}

/** Whether a text has something else in place of a literal, the row `part`. */
function differs(text: string, place: string): string {
  const literal = "json_extract(part.value, '$.text')";
  return `substr(${text}, ${place} + json_extract(part.value, '$.at'), length(${literal})) <> ${literal}`;
}

function segmentsOf(tokens: readonly Token[]): Segment[] {
  const segments: Token[][] = [[]];
  for (const token of tokens) {
    if (token === null) segments.push([]);
    else segments.at(-1)!.push(token);
  }
  return segments.map((parts) => {
    let length = 0;
    const literals: { at: number; text: string }[] = [];
    for (const part of parts) {
      if (typeof part === 'string') literals.push({ at: length, text: part });
      length += lengthOf(part);
    }
    return { literals, length };
  });
}

/** Characters as SQLite counts them. */
function lengthOf(token: Token): number {
  return typeof token === 'string' ? Array.from(token).length : (token ?? 0);
}
