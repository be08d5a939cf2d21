import { type Call, PRODUCTION } from './platform-limits';
import { replacing } from './replacing';

const TOO_BIG = 'D1_ERROR: string or blob too big: SQLITE_TOOBIG';

/** Statements with fewer bound bytes cannot make a row that is too long. */
const HARMLESS_BYTES = 100_000;

/** How often the databases were emptied. */
let emptied = 0;

/** The databases were emptied between two tests: no row is left of what was bound before. */
export function forgetValues(): void {
  emptied += 1;
}

/** A statement as it was prepared. */
interface Prepared {
  readonly statement: D1PreparedStatement;
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A database that refuses what D1 refuses in production: see production-limits.ts. */
export function limitedDatabase(database: D1Database, call: Call): D1Database {
  const preparedOf = new WeakMap<object, Prepared>();
  const rows = new RowLengths(database);

  const wrapped = (of: D1Database | D1DatabaseSession, prepared: Prepared): D1PreparedStatement => {
    const { statement, sql, values } = prepared;
    /** Writes are put in a batch with a check of the rows' lengths. */
    const executed = async <T>(method: 'all' | 'run'): Promise<D1Result<T>> => {
      if (!rows.suspect || /^\s*(SELECT|PRAGMA)/i.test(sql)) return await statement[method]<T>();
      return (await rows.batch<T>(of, [statement]))[0]!;
    };
    const checked = <T>(work: () => Promise<T>) =>
      call(1, async () => {
        rows.check([prepared]);
        return await work();
      });
    const proxy = replacing(statement, {
      bind: (...bound: unknown[]) =>
        wrapped(of, { statement: statement.bind(...bound), sql, values: bound.length > 0 ? bound : values }),
      all: () => checked(() => executed('all')),
      run: () => checked(() => executed('run')),
      raw: (...options: [{ columnNames: true }]) => checked(() => statement.raw(...options)),
      first: (...column: [string]) => checked(() => statement.first(...column)),
    });
    preparedOf.set(proxy, prepared);
    return proxy;
  };

  const replaced = (of: D1Database | D1DatabaseSession) => ({
    prepare: (sql: string) => wrapped(of, { statement: of.prepare(sql), sql, values: [] }),
    batch: (statements: D1PreparedStatement[]) => {
      const prepared = statements.map((each) => preparedOf.get(each)!);
      return call(statements.length, async () => {
        rows.check(prepared);
        const real = prepared.map(({ statement }) => statement);
        return rows.suspect ? await rows.batch(of, real) : await of.batch(real);
      });
    },
  });
  return replacing(database, {
    ...replaced(database),
    withSession: (constraint?: string) => {
      const session = database.withSession(constraint);
      return replacing(session, replaced(session));
    },
  });
}

/** Checks bound values, and the rows that are made from them. */
class RowLengths {
  private suspectSince = -1;

  constructor(private readonly database: D1Database) {}

  /** Statements have bound enough to make a row too long, so every write is checked until the database is emptied. */
  get suspect(): boolean {
    return this.suspectSince === emptied;
  }

  /** @throws for a statement or a bound value that is too long */
  check(statements: readonly Prepared[]): void {
    for (const { sql, values } of statements) {
      if (mayExceed(sql, PRODUCTION.sqlBytes) && utf8Length(sql) > PRODUCTION.sqlBytes)
        throw new Error('D1_ERROR: statement too long: SQLITE_TOOBIG');
      if (values.length > PRODUCTION.parameters) throw new Error('D1_ERROR: too many SQL variables: SQLITE_ERROR');
      for (const value of values) {
        if (typeof value !== 'string' || !mayExceed(value, HARMLESS_BYTES)) continue;
        const bytes = utf8Length(value);
        if (bytes > PRODUCTION.valueBytes) throw new Error(TOO_BIG);
        if (bytes > HARMLESS_BYTES) this.suspectSince = emptied;
      }
    }
  }

  /** Makes a batch fail as a whole if it leaves a row that is too long. */
  async batch<T>(of: D1Database | D1DatabaseSession, statements: D1PreparedStatement[]): Promise<D1Result<T>[]> {
    return (await of.batch<T>([...statements, await this.look(of)])).slice(0, statements.length);
  }

  /** A statement that fails if a row of any table is too long. One: a statement for each table takes ten times as long. */
  private async look(of: D1Database | D1DatabaseSession): Promise<D1PreparedStatement> {
    const { results } = await this.database
      .prepare(
        `SELECT tables.name, group_concat('coalesce(length(CAST("' || columns.name || '" AS BLOB)), 0)', ' + ') AS length
        FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' AND tables.name NOT LIKE '\\_%' ESCAPE '\\' AND tables.name NOT LIKE 'sqlite%'
          AND tables.name <> 'd1_migrations'
        GROUP BY tables.name`,
      )
      .all<{ name: string; length: string }>();
    const tooLong = results.map(
      ({ name, length }) => `EXISTS (SELECT 1 FROM "${name}" WHERE ${length} > ${PRODUCTION.valueBytes})`,
    );
    return of.prepare(`SELECT zeroblob(2147483647) WHERE TRUE IN (${tooLong})`);
  }
}

/** Whether a text may have more than so many bytes: a code unit has at most three. */
function mayExceed({ length }: string, bytes: number): boolean {
  return 3 * length > bytes;
}

const ENCODER = new TextEncoder();

function utf8Length(text: string): number {
  return ENCODER.encode(text).length;
}
