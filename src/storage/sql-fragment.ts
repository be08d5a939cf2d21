export type SqlValue = string | number | null;

/** A piece of SQL with the values of its `?` in order. No piece ever holds a value in its text. */
export interface Fragment {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

export function fragment(sql: string, ...parameters: SqlValue[]): Fragment {
  return { sql, parameters };
}

/** @param word AND or OR */
export function joined(fragments: readonly Fragment[], word: 'AND' | 'OR'): Fragment {
  return {
    sql: fragments.map(({ sql }) => `(${sql})`).join(` ${word} `),
    parameters: fragments.flatMap(({ parameters }) => parameters),
  };
}
