import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** What makes an empty database into one that the migrations have been applied to, once they have. */
let known: readonly Statement[] | undefined;

/**
 * Brings an empty database to the current schema. The migrations take a hundred times as many statements as their outcome,
 * and every test needs it, so they are applied once, and later databases get the outcome in one batch.
 */
export async function migrateEmpty(database: D1Database): Promise<void> {
  if (known !== undefined) {
    await database.batch(known.map(({ sql, values }) => database.prepare(sql).bind(...values)));
    return;
  }
  const { MIGRATIONS } = env as unknown as { MIGRATIONS: D1Migration[] };
  await applyD1Migrations(database, MIGRATIONS);
  known = await outcomeOf(database);
}

/** Tables, then their rows, then the rest: triggers would change other rows. */
async function outcomeOf(database: D1Database): Promise<Statement[]> {
  const { results: entries } = await database
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema
      WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
      ORDER BY rowid`,
    )
    .all<{ type: string; name: string; sql: string }>();
  // In one text: a statement that makes a hundred tables takes half of the time of a hundred statements.
  const together = (some: readonly { sql: string }[]): Statement => ({
    sql: some.map(({ sql }) => sql).join(';\n'),
    values: [],
  });
  const tables = entries.filter(({ type }) => type === 'table');
  const rows: Statement[] = [];
  for (const { name } of tables) {
    const { results } = await database.prepare(`SELECT * FROM ${name}`).all();
    for (const row of results) {
      const places = Object.keys(row).map(() => '?');
      rows.push({ sql: `INSERT INTO ${name} (${Object.keys(row)}) VALUES (${places})`, values: Object.values(row) });
    }
  }
  return [together(tables), ...rows, together(entries.filter(({ type }) => type !== 'table'))];
}
