import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** What makes an empty database into one that the migrations have been applied to. */
interface Outcome {
  /** Of all tables, indexes and triggers. */
  readonly schema: string;
  /** What is there goes, then come tables, then their rows, then the rest: triggers would change other rows. */
  readonly all: readonly Statement[];
  readonly rows: readonly Statement[];
  /** In the order in which they were made. */
  readonly tables: readonly string[];
  /** Its answer: the schema, and the number of rows of each table. */
  readonly look: string;
}

/** Known once the migrations have been applied. */
let known: Outcome | undefined;

/** More rows than this are deleted slower than a database is made. */
const MANY_ROWS = 1000;

/**
 * Brings a database without rows to the current schema. The migrations take a hundred times as many statements as their
 * outcome, and every test needs it, so they are applied once, and later databases get the outcome in one batch. It takes the
 * place of what is there: work that a failed test has left running writes into the database also after that was emptied.
 */
export async function migrateEmpty(database: D1Database): Promise<void> {
  if (known === undefined) {
    const { MIGRATIONS } = env as unknown as { MIGRATIONS: D1Migration[] };
    await applyD1Migrations(database, MIGRATIONS);
    known = await outcomeOf(database);
  } else if (total(await rowsIn(database, known)) !== known.rows.length) {
    await run(database, known.all);
  }
}

/**
 * Deletes all rows of a database, but those that migrations have written.
 * @returns whether it is now like a new one with the current schema; otherwise it is to be made again
 */
export async function deleteRows(database: D1Database): Promise<boolean> {
  if (known === undefined) return false;
  let rows = await rowsIn(database, known);
  if (rows === undefined || total(rows)! > MANY_ROWS) return false;
  // To prepare the deletion from all tables, with their triggers, takes longer than everything else here.
  for (const tables of [known.tables.filter((name) => rows![name]! > 0), known.tables]) {
    await run(database, [deletionOf(tables), ...known.rows]);
    rows = await rowsIn(database, known);
    if (total(rows) === known.rows.length) return true;
  }
  return false;
}

/** Deletes all rows of these tables. Twice: triggers of the last tables write into the first ones. */
function deletionOf(tables: readonly string[]): Statement {
  const once = ['sqlite_sequence', ...tables].reverse().map((name) => `DELETE FROM ${name}`);
  return { sql: ['PRAGMA defer_foreign_keys = on', ...once, ...once].join('; '), values: [] };
}

/** Of each table. @returns undefined where the schema is not the current one */
async function rowsIn(database: D1Database, { schema, look }: Outcome): Promise<Record<string, number> | undefined> {
  try {
    const found = await database.prepare(look).first<Record<string, number>>();
    const { schema: own, ...rows } = found as Record<string, number> & { schema: unknown };
    return own === schema ? rows : undefined;
  } catch {
    return undefined;
  }
}

function total(rows: Record<string, number> | undefined): number | undefined {
  return rows && Object.values(rows).reduce((sum, count) => sum + count, 0);
}

async function run(database: D1Database, statements: readonly Statement[]): Promise<void> {
  await database.batch(statements.map(({ sql, values }) => database.prepare(sql).bind(...values)));
}

const OWN = `sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`;
const SCHEMA = `SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE ${OWN} ORDER BY name)`;

async function outcomeOf(database: D1Database): Promise<Outcome> {
  const { results: entries } = await database
    .prepare(`SELECT type, name, sql FROM sqlite_schema WHERE ${OWN} ORDER BY rowid`)
    .all<{ type: string; name: string; sql: string }>();
  // In one text: a statement that makes a hundred tables takes half of the time of a hundred statements.
  const together = (some: readonly { sql: string }[]): Statement => ({
    sql: some.map(({ sql }) => sql).join(';\n'),
    values: [],
  });
  const tables = entries.filter(({ type }) => type === 'table');
  const names = tables.map(({ name }) => name);
  const rows: Statement[] = [];
  for (const name of names) {
    const { results } = await database.prepare(`SELECT * FROM ${name}`).all();
    for (const row of results) {
      const places = Object.keys(row).map(() => '?');
      rows.push({ sql: `INSERT INTO ${name} (${Object.keys(row)}) VALUES (${places})`, values: Object.values(row) });
    }
  }
  // Indexes and triggers go with these.
  const drops = entries
    .filter(({ type }) => type === 'table' || type === 'view')
    .reverse()
    .map(({ type, name }) => `DROP ${type} IF EXISTS ${name}`)
    .join('; ');
  const cleared = { sql: `PRAGMA defer_foreign_keys = on; ${drops}`, values: [] };
  return {
    schema: (await database.prepare(`SELECT (${SCHEMA}) AS schema`).first<string>('schema')) ?? '',
    all: [cleared, together(tables), ...rows, together(entries.filter(({ type }) => type !== 'table'))],
    rows,
    tables: names,
    look: `SELECT ${[`(${SCHEMA}) AS schema`, ...names.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}`)]}`,
  };
}
