import type { StatementsOf } from '../statements/d1-client';
import { throughView, type View } from './view';

/**
 * A database as a principal sees it. Every statement that is prepared here passes through the view, so that no adapter can
 * forget it.
 */
export function confinedDatabase(database: StatementsOf, view: View): StatementsOf {
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
