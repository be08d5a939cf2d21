import { parseArgs } from 'node:util';
import { readD1Migrations } from '@cloudflare/vitest-plugin';
import { getPlatformProxy } from 'wrangler';
import { resolveSourceImports } from '../support/source-imports.mjs';
import { studies } from './search/content.mjs';
import { copyStudies } from './search/copies.mjs';

/** `npm run measure:hourly`: what an hourly run with nothing to do sends to D1, and what it reads there. */
resolveSourceImports();
const { fill } = await import('./search/archive.mjs');
// The names are variables, because these modules import types of the Worker's runtime, which tsc must not check here.
const [SCHEDULED, OPEN, CONFIG, ARCHIVE_ID] = [
  'background/scheduled.ts',
  'storage/open-archive.ts',
  'config.ts',
  'archive/remove/archive-id.ts',
].map((path) => new URL(`../../src/${path}`, import.meta.url).href);
const { runHourly } = await import(String(SCHEDULED));
const { openArchive } = await import(String(OPEN));
const { parseConfig } = await import(String(CONFIG));
const { beginArchive } = await import(String(ARCHIVE_ID));

/** Studies that are stored; the others are copies of them. */
const STORED = 1000;

/** A queue that delivers nothing. */
const SILENT = { send: async () => undefined, sendBatch: async () => undefined };
const RULES = '{"old":{"modalities":["CT"],"days":36500,"delete":true}}';

const { values } = parseArgs({ options: { sizes: { type: 'string', default: '1000,10000,100000' } } });
console.log('| studies | series | statements | rows read | written |\n|---:|---:|---:|---:|---:|');
for (const size of values.sizes.split(',').map(Number)) {
  const { env, dispose } = await getPlatformProxy({ configPath: 'wrangler.toml', persist: false });
  const database = /** @type {any} */ (env).DB;
  for (const { queries } of await readD1Migrations('migrations')) {
    await database.batch(queries.map((/** @type {string} */ query) => database.prepare(query)));
  }
  /** @type {Map<string, { read: number, written: number, times: number }>} */
  const spent = new Map();
  const archive = openArchive('', { database: counted(database, spent), bucket: env.BUCKET, queue: SILENT });
  await beginArchive(archive, Date.now());
  await fill(database, studies(Math.min(STORED, size)));
  if (size > STORED) await copyStudies(database, size / STORED);
  await database.batch(
    [
      // Each series of a copy has a segment and an instance.
      `INSERT INTO metadata_segment (series_id, name, byte_length, entry_count, live_count, content)
       SELECT id, 'copy ' || id, 1, 1, 1, 'x' FROM series WHERE NOT EXISTS (SELECT 1 FROM metadata_segment WHERE series_id = series.id)`,
      'DELETE FROM changed_study',
      'DELETE FROM snapshot_position',
    ].map((sql) => database.prepare(sql)),
  );
  const config = parseConfig({ ALLOW_ANONYMOUS: 'true', VERIFY_MB_PER_HOUR: '0', RETENTION_RULES: RULES });
  // The first run does what a new archive needs.
  for (const _ of [1, 2]) {
    spent.clear();
    await runHourly([{ archive, config }]);
  }
  const { results } = await database.prepare('SELECT count(*) AS series FROM series').all();
  const sum = (/** @type {'read' | 'written' | 'times'} */ of) =>
    [...spent.values()].reduce((total, each) => total + each[of], 0);
  console.log(`| ${size} | ${results[0].series} | ${sum('times')} | ${sum('read')} | ${sum('written')} |`);
  const most = [...spent].toSorted(([, one], [, other]) => other.read - one.read).slice(0, 6);
  for (const [sql, { read }] of most) console.error(`${read}  ${sql.replaceAll(/\s+/g, ' ').trim().slice(0, 110)}`);
  await dispose();
}

/**
 * The database, whose statements are counted.
 * @param {any} database
 * @param {Map<string, { read: number, written: number, times: number }>} spent
 */
function counted(database, spent) {
  /** @param {string} sql @param {any} result */
  const note = (sql, result) => {
    const { read, written, times } = spent.get(sql) ?? { read: 0, written: 0, times: 0 };
    const { rows_read, rows_written } = result.meta;
    spent.set(sql, { read: read + rows_read, written: written + rows_written, times: times + 1 });
    return result;
  };
  return {
    withSession: (/** @type {string} */ constraint) => {
      const session = database.withSession(constraint);
      return {
        getBookmark: () => session.getBookmark(),
        prepare: (/** @type {string} */ sql) => ({
          bind: (/** @type {unknown[]} */ ...bound) => {
            const statement = session.prepare(sql).bind(...bound);
            return { sql, statement, all: async () => note(sql, await statement.all()) };
          },
        }),
        batch: async (/** @type {{ sql: string, statement: any }[]} */ statements) => {
          const results = await session.batch(statements.map(({ statement }) => statement));
          return results.map((/** @type {any} */ result, /** @type {number} */ at) =>
            note(statements[at]?.sql ?? '', result),
          );
        },
      };
    },
  };
}
