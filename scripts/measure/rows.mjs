import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { resolveSourceImports } from '../support/source-imports.mjs';
import { ofStudy, SLICES } from './rows/content.mjs';

resolveSourceImports();
// A variable, because these modules import types of the Worker's runtime, which tsc must not check here.
const COMMIT = new URL('../../src/storage/commit/commit-statements.ts', import.meta.url).href;
/** @type {{ commitStatements(group: unknown): { sql: string, parameters: (string | number | null)[] }[] }} */
const { commitStatements } = await import(COMMIT);

const HELP = `node scripts/measure/rows.mjs [--instances N]
Bytes of the index for a study, a series and an instance, in a real SQLite file that the archive's own statements fill.`;

const { values } = parseArgs({
  options: { instances: { type: 'string', default: '100000' }, help: { type: 'boolean', default: false } },
});
if (values.help) console.log(HELP);
else measure(Number(values.instances));

/** @param {number} count */
function measure(count) {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'));
  const database = new DatabaseSync(join(folder, 'index.sqlite'));
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
  for (const file of readdirSync('migrations').sort()) database.exec(readFileSync(join('migrations', file), 'utf8'));
  const studies = Math.round(count / SLICES);
  for (let study = 0; study < studies; study += 1) {
    for (const group of ofStudy(study)) {
      database.exec('BEGIN');
      for (const { sql, parameters } of commitStatements(group)) database.prepare(sql).all(...parameters);
      database.exec('COMMIT');
    }
  }
  report(database);
  database.close();
  rmSync(folder, { recursive: true });
}

/** @param {DatabaseSync} database */
function report(database) {
  const rows = database
    .prepare(
      `SELECT coalesce(schema.tbl_name, 'the rest') AS name, dbstat.name AS part, sum(dbstat.pgsize) AS bytes
      FROM dbstat LEFT JOIN sqlite_schema AS schema ON schema.name = dbstat.name GROUP BY 1, 2 ORDER BY 1, 3 DESC`,
    )
    .all();
  const count = (/** @type {string} */ table) =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  /** @type {Record<string, readonly string[]>} */
  const levels = {
    study: ['study', 'study_term', 'study_block', 'changed_study'],
    series: ['series', 'series_sop_class', 'request_attribute', 'metadata_segment'],
    instance: ['instance'],
  };
  for (const [level, tables] of Object.entries(levels)) {
    const parts = rows.filter(({ name }) => tables.includes(String(name)));
    const bytes = parts.reduce((sum, part) => sum + Number(part.bytes), 0);
    console.log(`\n${level}: ${(bytes / count(level)).toFixed(0)} bytes each, of ${count(level)}`);
    for (const { part, bytes } of parts)
      console.log(`  ${String(part).padEnd(50)} ${(Number(bytes) / count(level)).toFixed(1)}`);
  }
  const whole = rows.reduce((sum, { bytes }) => sum + Number(bytes), 0);
  console.log(`\nin all ${(whole / count('instance')).toFixed(0)} bytes for each instance`);
}
