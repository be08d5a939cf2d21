import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { withDatabases } from '../databases/each-database';
import { replacing } from './replacing';

/** Counts the rows that D1 says it read, which is what it bills. A statement that is run by `first` or `raw` fails the test. */
export function rowsRead(): { over(real: ArchiveBindings): ArchiveBindings; read(): number } {
  let rows = 0;
  const originals = new WeakMap<object, D1PreparedStatement>();
  const count = <Result extends D1Result>(result: Result): Result => {
    rows += result.meta.rows_read;
    return result;
  };
  const uncounted = () => {
    throw new Error('D1 does not say how many rows this reads.');
  };
  const statement = (of: D1PreparedStatement): D1PreparedStatement => {
    const proxy = replacing(of, {
      bind: (...values: unknown[]) => statement(of.bind(...values)),
      all: async () => count(await of.all()),
      run: async () => count(await of.run()),
      first: uncounted,
      raw: uncounted,
    });
    originals.set(proxy, of);
    return proxy;
  };
  const counted = (of: D1Database | D1DatabaseSession) => ({
    prepare: (sql: string) => statement(of.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) =>
      (await of.batch(statements.map((one) => originals.get(one) ?? one))).map(count),
  });
  return {
    over: (real) =>
      withDatabases(real, (database) =>
        replacing(database, {
          ...counted(database),
          withSession: (constraint?: string) => {
            const session = database.withSession(constraint);
            return replacing(session, counted(session));
          },
        }),
      ),
    read: () => rows,
  };
}
