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
  /** That migrations have written: a statement for each table. */
  readonly rows: ReadonlyMap<string, Statement>;
  /** How many. */
  readonly count: number;
  /** In the order in which they were made. */
  readonly tables: readonly string[];
  /** Its answer: the schema, how many rows the connection has changed, and the number of rows of each table. */
  readonly look: string;
}

/**
 * The rows that a connection will have changed at the next call, when its database is as the migrations make it and nobody else
 * calls it before: each call changes a row of the runtime's own.
 */
const unchanged = new WeakMap<D1Database, number>();

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
  } else if (!(await isUnchanged(database)) && !isEmpty(await seen(database, known), known)) {
    unchanged.delete(database);
    await run(database, known.all);
  }
}

/**
 * Deletes all rows of a database, but those that migrations have written.
 * @returns whether it is now like a new one with the current schema; otherwise it is to be made again
 */
export async function deleteRows(database: D1Database): Promise<boolean> {
  if (known === undefined) return false;
  let found = await seen(database, known);
  if (found === undefined || found.total > MANY_ROWS) return false;
  if (found.changes === unchanged.get(database)) {
    unchanged.set(database, found.changes + 1);
    return true;
  }
  // To prepare the deletion from all tables, with their triggers, takes longer than everything else here.
  for (const tables of [known.tables.filter((name) => mayHaveChanged(name, found!.rows[name]!)), known.tables]) {
    const rows = tables.flatMap((name) => known!.rows.get(name) ?? []);
    found = seenIn(await run(database, [deletionOf(tables), ...rows, { sql: known.look, values: [] }]), known);
    if (!isEmpty(found, known)) continue;
    unchanged.set(database, found!.changes + 1);
    return true;
  }
  return false;
}

/** The names of migrations do not change: a test of migrations leaves another schema, or another number. */
function mayHaveChanged(table: string, count: number): boolean {
  return count > 0 && !(table === 'd1_migrations' && count === known!.rows.get(table)!.values.length / 3);
}

/** Nobody has called the database since it was emptied. */
async function isUnchanged(database: D1Database): Promise<boolean> {
  const expected = unchanged.get(database);
  if (expected === undefined) return false;
  const changes = await database.prepare('SELECT total_changes() AS changes').first<number>('changes');
  if (changes !== expected) return false;
  unchanged.set(database, expected + 1);
  return true;
}

/** Deletes all rows of these tables. Twice: triggers of the last tables write into the first ones. */
function deletionOf(tables: readonly string[]): Statement {
  const once = ['sqlite_sequence', ...tables].reverse().map((name) => `DELETE FROM ${name}`);
  return { sql: ['PRAGMA defer_foreign_keys = on', ...once, ...once].join('; '), values: [] };
}

/** What `look` found. */
interface Seen {
  readonly changes: number;
  readonly total: number;
  readonly rows: Readonly<Record<string, number>>;
}

/** @returns undefined where the schema is not the current one */
async function seen(database: D1Database, outcome: Outcome): Promise<Seen | undefined> {
  try {
    return seenIn(await run(database, [{ sql: outcome.look, values: [] }]), outcome);
  } catch {
    return undefined;
  }
}

function seenIn(results: readonly D1Result[], { schema }: Outcome): Seen | undefined {
  const found = results.at(-1)!.results[0] as Record<string, number> & { schema: unknown };
  const { schema: own, changes, ...rows } = found;
  if (own !== schema) return undefined;
  return { changes: changes!, rows, total: Object.values(rows).reduce((sum, count) => sum + count, 0) };
}

function isEmpty(found: Seen | undefined, { count }: Outcome): boolean {
  return found?.total === count;
}

async function run(database: D1Database, statements: readonly Statement[]): Promise<D1Result[]> {
  return await database.batch(statements.map(({ sql, values }) => database.prepare(sql).bind(...values)));
}

const OWN = `sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`;
/** Names and lengths: to read all of the text takes longer than what most tests do. */
const SCHEMA = `SELECT group_concat(name || length(sql)) FROM (SELECT name, sql FROM sqlite_schema WHERE ${OWN} ORDER BY name)`;

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
  const rows = new Map<string, Statement>();
  let count = 0;
  for (const name of names) {
    const { results } = await database.prepare(`SELECT * FROM ${name}`).all();
    if (results.length === 0) continue;
    const columns = Object.keys(results[0]!);
    const places = `(${columns.map(() => '?')})`;
    rows.set(name, {
      sql: `INSERT INTO ${name} (${columns}) VALUES ${results.map(() => places)}`,
      values: results.flatMap((row) => Object.values(row)),
    });
    count += results.length;
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
    all: [cleared, together(tables), ...rows.values(), together(entries.filter(({ type }) => type !== 'table'))],
    rows,
    count,
    tables: names,
    look: `SELECT ${[`(${SCHEMA}) AS schema`, 'total_changes() AS changes', ...names.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}`)]}`,
  };
}
