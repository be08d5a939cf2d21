import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { migrateDatabase } from '../archive/with-archive';
import { replacing } from '../platform/replacing';

/** Round trips of an isolate, by the copy that answered. */
export interface RoundTrips {
  primary: number;
  replica: number;
  /** To the primary, for the record of who did what: no answer to a read waits for it. */
  record: number;
}

interface Prepared {
  readonly sql: string;
  readonly values: readonly unknown[];
}

const HEX = 16;

/**
 * A database with a read replica that receives no write before the test, or a bookmark, makes it: D1 promises no time. Both are
 * real databases. A session behaves as D1's: `first-primary` begins at the primary, `first-unconstrained` at the replica as it is,
 * and a bookmark waits until the replica has that state. Each read moves the session's bookmark on.
 */
export class LaggingReplica {
  /** Counts the writes of the primary: the state that a bookmark names. */
  #state = 1;
  #copied = 0;
  #tables: readonly Table[] = [];
  /** The replica answers no more. */
  isBroken = false;

  constructor(
    private readonly primary: D1Database,
    private readonly replica: D1Database,
  ) {}

  /** Makes the replica's tables, in a database that is empty. Triggers run on the primary alone. */
  async begin(): Promise<void> {
    await migrateDatabase(this.replica);
    const triggers = await this.replica.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all<Named>();
    await this.replica.batch(triggers.results.map(({ name }) => this.replica.prepare(`DROP TRIGGER ${name}`)));
    const tables = await this.replica.prepare(TABLES).all<Table>();
    this.#tables = tables.results;
    await this.catchUp();
  }

  /** The replica receives all that it does not have yet. */
  async catchUp(): Promise<void> {
    const state = this.#state;
    if (this.#copied === state) return;
    const rows = await this.primary.batch<Record<string, unknown>>(
      this.#tables.map(({ name, columns }) => this.primary.prepare(`SELECT ${columns} FROM ${name}`)),
    );
    const write = (sql: string, ...values: unknown[]) => this.replica.prepare(sql).bind(...values);
    const copies = this.#tables.flatMap(({ name, columns }, at) => {
      const found = rows[at]?.results ?? [];
      const places = columns.split(',').map((_, place) => `j.value ->> ${place}`);
      const json = JSON.stringify(found.map((row) => Object.values(row)));
      const copy = `INSERT INTO ${name} (${columns}) SELECT ${places} FROM json_each(?) AS j`;
      return [write(`DELETE FROM ${name}`), ...(found.length > 0 ? [write(copy, json)] : [])];
    });
    await this.replica.batch([write('PRAGMA defer_foreign_keys = on'), ...copies]);
    this.#copied = state;
  }

  /**
   * The bindings of an isolate.
   * @param trips counts its round trips
   */
  seenBy(trips: RoundTrips): (real: ArchiveBindings) => ArchiveBindings {
    return (real) => ({
      ...real,
      database: replacing(real.database, {
        withSession: (from?: string) => this.#session(real.database, from, trips),
      }),
    });
  }

  #session(limited: D1Database, from: string | undefined, trips: RoundTrips) {
    let bookmark = from === 'first-primary' || from === 'first-unconstrained' ? null : Number.parseInt(from ?? '', HEX);
    const ask = async (statements: readonly Prepared[]): Promise<D1Result[]> => {
      if (bookmark === null && from === 'first-primary') {
        if (statements.every(({ sql }) => sql.includes('audit_'))) trips.record += 1;
        else trips.primary += 1;
        const results = await limited.batch(statements.map(({ sql, values }) => limited.prepare(sql).bind(...values)));
        // Failed statements have written nothing.
        if (results.some(({ meta }) => meta.rows_written > 0)) this.#state += 1;
        bookmark = this.#state;
        return results;
      }
      trips.replica += 1;
      if (this.isBroken) throw new Error('D1_ERROR: Network connection lost.');
      if (bookmark !== null && bookmark > this.#copied) await this.catchUp();
      bookmark = this.#copied;
      const { replica } = this;
      const results = await replica.batch(statements.map(({ sql, values }) => replica.prepare(sql).bind(...values)));
      if (results.some(({ meta }) => meta.rows_written > 0)) throw new Error('a replica was asked to write');
      return results.map((result) => ({ ...result, meta: { ...result.meta, served_by_primary: false } }));
    };
    return {
      prepare: (sql: string) => ({
        bind: (...values: unknown[]) => ({ sql, values, all: async () => (await ask([{ sql, values }]))[0] }),
      }),
      batch: ask,
      getBookmark: () => bookmark?.toString(HEX).padStart(8, '0') ?? null,
    };
  }
}

interface Table {
  readonly name: string;
  /** Separated by commas, without those that are computed. */
  readonly columns: string;
}

const TABLES = `SELECT tables.name, group_concat(columns.name) AS columns
  FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
  WHERE tables.type = 'table' AND tables.name NOT GLOB 'sqlite_*' AND tables.name NOT GLOB '_cf_*' GROUP BY tables.name`;

interface Named {
  readonly name: string;
}
