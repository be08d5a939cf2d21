/**
 * Migrates the databases of a data folder: `node migrate.mjs CONFIG DATA`. Does what `wrangler d1 migrations apply --local`
 * does, and notes it in the same table, but for all databases in one runtime: wrangler starts one for each migration of each
 * database.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getPlatformProxy, unstable_splitSqlQuery } from 'wrangler';

const [configPath = '', data = ''] = process.argv.slice(2);

/** Wrangler's own table of what was applied. */
const TABLE = `CREATE TABLE IF NOT EXISTS "d1_migrations"(
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/**
 * @param {import('@cloudflare/workers-types').D1Database} database
 * @param {string} folder of the migrations
 */
async function migrate(database, folder) {
  await database.prepare(TABLE).run();
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all();
  const applied = new Set(results.map(({ name }) => name));
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql') && !applied.has(name));
  for (const name of files.sort()) {
    const statements = unstable_splitSqlQuery(readFileSync(join(folder, name), 'utf8'));
    // One transaction: a migration is applied and noted, or neither.
    await database.batch([
      ...statements.map((sql) => database.prepare(sql)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ]);
  }
}

/** @type {{ d1_databases: { binding: string, migrations_dir: string }[] }} */
const { d1_databases } = JSON.parse(readFileSync(configPath, 'utf8'));
const { env, dispose } = await getPlatformProxy({ configPath, persist: { path: join(data, 'v3') }, envFiles: [] });
try {
  for (const { binding, migrations_dir } of d1_databases) {
    await migrate(/** @type {import('@cloudflare/workers-types').D1Database} */ (env[binding]), migrations_dir);
  }
} finally {
  await dispose();
}
