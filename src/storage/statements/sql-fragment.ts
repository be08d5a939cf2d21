/** A value that can be bound. */
export type SqlValue = string | number | null;

/** A piece of SQL with the values of its `?` in order. The text of a piece never contains a value. */
export interface Fragment {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** A piece of SQL and the values of its `?`. */
export function fragment(sql: string, ...parameters: SqlValue[]): Fragment {
  return { sql, parameters };
}

/**
 * SQL with pieces in it: sql`SELECT 1 WHERE ${condition}`. A text in place of a piece is SQL of this code, such as the
 * name of a column or a table, and never a value.
 */
export function sql(texts: TemplateStringsArray, ...pieces: readonly (Fragment | string | number)[]): Fragment {
  const parameters: SqlValue[] = [];
  const whole = texts.map((text, at) => {
    const piece = pieces[at];
    if (piece === undefined) return text;
    if (typeof piece !== 'object') return text + piece;
    parameters.push(...piece.parameters);
    return text + piece.sql;
  });
  return { sql: whole.join(''), parameters };
}

/** A value as a piece of SQL. */
export function value(bound: SqlValue): Fragment {
  return { sql: '?', parameters: [bound] };
}

/**
 * Joins pieces.
 * @param word AND or OR puts each piece in parentheses; any other text is put between the pieces
 */
export function joined(fragments: readonly Fragment[], word: string): Fragment {
  const logical = word === 'AND' || word === 'OR';
  return {
    sql: fragments.map((each) => (logical ? `(${each.sql})` : each.sql)).join(logical ? ` ${word} ` : word),
    parameters: fragments.flatMap(({ parameters }) => parameters),
  };
}

/** SELECTs that D1 takes in one compound. */
const COMPOUND_TERMS = 5;

/** The rows of several SELECTs, one after the other. */
export function unionAll(selects: readonly Fragment[]): Fragment {
  if (selects.length <= COMPOUND_TERMS) return joined(selects, ' UNION ALL ');
  const first = selects.slice(0, COMPOUND_TERMS - 1);
  return unionAll([...first, sql`SELECT * FROM (${unionAll(selects.slice(first.length))})`]);
}

/** The condition that every piece holds; true when there is none. */
export function all(fragments: readonly Fragment[]): Fragment {
  return fragments.length === 0 ? fragment('true') : joined(fragments, 'AND');
}

/**
 * The condition that one of the pieces holds; false when there is none. The pieces form a balanced tree, because D1
 * takes expressions of a depth of 100.
 */
export function anyOf(fragments: readonly Fragment[]): Fragment {
  if (fragments.length <= 2) return fragments.length === 0 ? fragment('false') : joined(fragments, 'OR');
  const middle = Math.ceil(fragments.length / 2);
  return joined([anyOf(fragments.slice(0, middle)), anyOf(fragments.slice(middle))], 'OR');
}

/** Binds each value once, however often the text has it: D1 takes 100 parameters (`?12` is the twelfth). */
export function bound(piece: Fragment): Fragment {
  const places = new Map<SqlValue, number>();
  let at = 0;
  const text = piece.sql.replaceAll('?', () => {
    const parameter = piece.parameters[at] ?? null;
    at += 1;
    if (!places.has(parameter)) places.set(parameter, places.size + 1);
    return `?${places.get(parameter)}`;
  });
  return { sql: text, parameters: [...places.keys()] };
}
