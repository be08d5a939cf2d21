/** A database's rows at one moment. */
export type Moment = ReadonlyMap<string, readonly Record<string, unknown>[]>;

/** The rows of every table, as D1's Time Travel remembers them. */
export async function remember(database: D1Database): Promise<Moment> {
  const moment = new Map<string, Record<string, unknown>[]>();
  for (const name of await tables(database)) {
    // The columns that SQLite computes are left out.
    const { results } = await database.prepare(`SELECT name FROM pragma_table_info('${name}')`).all<{ name: string }>();
    const columns = results.map((column) => column.name).join(', ');
    moment.set(name, (await database.prepare(`SELECT ${columns} FROM "${name}"`).all()).results);
  }
  return moment;
}

/** Puts the database back to an earlier moment, as D1's Time Travel does. */
export async function putBack(database: D1Database, moment: Moment): Promise<void> {
  const { results } = await database.prepare(`SELECT name, sql FROM sqlite_master WHERE type = 'trigger'`).all();
  const triggers = results as { name: string; sql: string }[];
  const statements = [
    'PRAGMA defer_foreign_keys = true',
    ...triggers.map(({ name }) => `DROP TRIGGER "${name}"`),
    ...[...moment.keys()].map((name) => `DELETE FROM "${name}"`),
  ].map((sql) => database.prepare(sql));
  for (const [name, rows] of moment) {
    for (const row of rows) {
      const columns = Object.keys(row);
      statements.push(
        database
          .prepare(`INSERT INTO "${name}" (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
          .bind(...Object.values(row)),
      );
    }
  }
  await database.batch([...statements, ...triggers.map(({ sql }) => database.prepare(sql))]);
}

/** Names of the archive's own tables. */
async function tables(database: D1Database): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT name FROM sqlite_master
      WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'd1_*'`,
    )
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}
