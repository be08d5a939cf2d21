import { throughView, type View } from './view';

/** What the adapters use of a session with the database. */
export interface Statements {
  /** The statement runs only after `bind`, with or without values. */
  prepare(sql: string): { bind(...values: unknown[]): D1PreparedStatement };
  batch: D1DatabaseSession['batch'];
}

/** What the adapters use of a database. */
export interface StatementsOf {
  withSession(constraint: 'first-primary'): Statements;
}

/**
 * A database as a principal sees it. Every statement that is prepared here passes through the view, so that no adapter can
 * forget it.
 */
export function confinedDatabase(database: D1Database, view: View): StatementsOf {
  return {
    withSession: (constraint) => {
      const session = database.withSession(constraint);
      return {
        prepare: (sql) => {
          const statement = session.prepare(throughView(view, sql));
          return { bind: (...values) => statement.bind(...values, ...view.values) };
        },
        batch: (statements) => session.batch(statements),
      };
    },
  };
}
