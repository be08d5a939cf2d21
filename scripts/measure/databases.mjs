/**
 * Compares an archive in one D1 database with one of the same studies in several: every answer of the measured searches, their
 * further pages and counts have to be the same, and lists may read 1.3 times as many rows.
 *
 *     npm run measure:databases -- [--studies 100000] [--databases 4]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readD1Migrations } from '@cloudflare/vitest-plugin';
import { getPlatformProxy } from 'wrangler';
import { resolveSourceImports } from '../support/source-imports.mjs';
import { studies } from './search/content.mjs';
import { REQUESTS } from './search/requests.mjs';

resolveSourceImports();
const { groupOf, queryOf } = await import('./search/archive.mjs');
// The names are variables, because these modules import types of the Worker's runtime, which tsc must not check here.
const [OPEN, METER] = ['src/storage/open-archive.ts', 'test/support/platform/rows-read.ts'].map(
  (path) => new URL(`../../${path}`, import.meta.url).href,
);
const { openArchive } = await import(String(OPEN));
const { rowsRead } = await import(String(METER));

const { values } = parseArgs({
  options: { studies: { type: 'string', default: '100000' }, databases: { type: 'string', default: '4' } },
});
const COUNT = Number(values.studies);
const DATABASES = Number(values.databases);
const AT_ONCE = 500;
/** One of this number of studies arrives late. */
const LATE = 25;

const names = ['ALONE', ...Array.from({ length: DATABASES }, (_, at) => `PART${at + 1}`)];
const folder = mkdtempSync(join(tmpdir(), 'databases-'));
const configPath = join(folder, 'wrangler.toml');
writeFileSync(
  configPath,
  `name = "measured"\ncompatibility_date = "2026-07-15"\n${names
    .map((name) => `[[d1_databases]]\nbinding = "${name}"\ndatabase_name = "${name}"\ndatabase_id = "${name}"\n`)
    .join('')}`,
);
const { env, dispose } = await getPlatformProxy({ configPath, persist: false });
try {
  await compare(/** @type {Record<string, any>} */ (env));
} finally {
  await dispose();
  rmSync(folder, { recursive: true, force: true });
}

/** @param {Record<string, any>} databases */
async function compare(databases) {
  for (const { queries } of await readD1Migrations('migrations')) {
    for (const name of names) {
      const database = databases[name];
      await database.batch(queries.map((query) => database.prepare(query)));
    }
  }
  const arriving = inOrderOfArrival();
  const one = archiveOf('one', [databases.ALONE]);
  await fill(one.archive, arriving);
  const parts = names.slice(1).map((name) => databases[name]);
  const part = Math.ceil(arriving.length / DATABASES);
  for (let number = 1; number <= DATABASES; number += 1) {
    const { archive } = archiveOf('many', parts.slice(0, number));
    if (number === 1) await archive.sweeps.giveIdentity('measured');
    await fill(archive, arriving.slice((number - 1) * part, number * part));
  }
  const many = archiveOf('many', parts);
  // What the hourly run notes; three hours later it counts.
  await many.archive.sweeps.keepReport({ ranAt: 0, deleted: { queued: 0, purged: 0, orphans: 0 } });
  await parts[0].prepare('UPDATE database_dates SET known_at = 0').run();
  for (const database of parts) await database.prepare('PRAGMA optimize').run();

  console.log(`\n${COUNT} studies in one database, and in ${DATABASES}: rows read, and returned.\n`);
  console.log('| request | returned | one | several | times |\n|---|---:|---:|---:|---:|');
  const sums = { one: 0, many: 0 };
  let different = 0;
  for (const [title, path] of REQUESTS) {
    const [first, second] = [await measured(one, path), await measured(many, path)];
    if (first.answer !== second.answer) {
      different += 1;
      console.log(`| ${title}: NOT THE SAME | | | | |`);
      continue;
    }
    sums.one += first.read;
    sums.many += second.read;
    const times = (second.read / Math.max(1, first.read)).toFixed(2);
    console.log(`| ${title} | ${first.returned} | ${first.read} | ${second.read} | ${times} |`);
  }
  console.log(`| all | | ${sums.one} | ${sums.many} | ${(sums.many / sums.one).toFixed(2)} |`);
  for (const [title, path] of REQUESTS) different += await comparePages(one, many, title, path);
  console.log(`\n${different === 0 ? 'Every answer is the same.' : `${different} answers are not the same.`}`);
  if (different > 0) process.exitCode = 1;
}

/** Studies by date, except some that arrive late: in the second half of the time, when other databases have become the newest. */
function inOrderOfArrival() {
  const dated = [...studies(COUNT)].map((study) => ({ study, date: String(study.values['00080020'] ?? '') }));
  dated.sort((one, other) => (one.date < other.date ? -1 : one.date > other.date ? 1 : 0));
  const late = dated.filter((_, at) => at % LATE === 3);
  const usual = dated.filter((_, at) => at % LATE !== 3);
  const step = Math.max(1, Math.floor(usual.length / 2 / Math.max(1, late.length)));
  const arriving = usual.flatMap((each, at) => {
    const isTime = at > usual.length / 2 && at % step === 0;
    return isTime ? [each, ...late.splice(0, 1)] : [each];
  });
  return [...arriving, ...late].map(({ study }) => study);
}

/** @param {string} name @param {any[]} databases */
function archiveOf(name, [database, ...others]) {
  const meter = rowsRead();
  return { archive: openArchive(name, meter.over({ database, others, bucket: {}, queue: {} })), read: meter.read };
}

/** @param {any} archive @param {import('./search/content.mjs').Study[]} arriving */
async function fill(archive, arriving) {
  for (let at = 0; at < arriving.length; at += AT_ONCE) {
    const commit = () => archive.index.commit({ ...groupOf(arriving.slice(at, at + AT_ONCE)) });
    // On a busy machine the connection to the local runtime may be lost. A commit may be repeated.
    await commit().catch(commit);
  }
}

/** @param {{ archive: any, read: () => number }} of @param {string} path */
async function measured({ archive, read }, path) {
  const query = queryOf(path);
  const before = read();
  const { rows } = await archive.index.search(query);
  return { read: read() - before, returned: rows.length, answer: textOf(rows) };
}

/**
 * The number of all matches, and the page after the first and one far behind.
 * @param {{ archive: any }} one @param {{ archive: any }} many @param {string} title @param {string} path
 * @returns {Promise<number>} answers that differ
 */
async function comparePages(one, many, title, path) {
  const query = queryOf(path);
  let different = 0;
  const asked = [
    (/** @type {any} */ { index }) => index.count(query),
    async (/** @type {any} */ { index }) => {
      const { newestRow } = await index.search(query);
      return textOf((await index.search({ ...query, newestRow, offset: query.offset + query.limit - 1 })).rows);
    },
    async (/** @type {any} */ { index }) => textOf((await index.search({ ...query, offset: 2000, limit: 60 })).rows),
  ];
  for (const [at, ask] of asked.entries()) {
    if ((await ask(one.archive)) === (await ask(many.archive))) continue;
    different += 1;
    console.log(`${title}: ${['the count', 'the next page', 'a late page'][at]} is not the same.`);
  }
  return different;
}

/** @param {unknown[]} rows */
function textOf(rows) {
  return JSON.stringify(rows, (_, value) => (value instanceof Map ? [...value] : value));
}
