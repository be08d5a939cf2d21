import { parseArgs } from 'node:util';
import { readD1Migrations } from '@cloudflare/vitest-plugin';
import { getPlatformProxy } from 'wrangler';
import { resolveSourceImports } from '../support/source-imports.mjs';
import { studies } from './search/content.mjs';
import { copyStudies, OF_COPIES } from './search/copies.mjs';
import { REQUESTS } from './search/requests.mjs';

resolveSourceImports();
const { fill, measure, measureTotal, writeCosts } = await import('./search/archive.mjs');

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000' },
    /** How often to copy the studies, for lists of a million. */
    times: { type: 'string', default: '1' },
  },
});
const TIMES = Number(values.times);
console.log('Rows that D1 says it read, and rows returned; rows read for each returned; milliseconds in the local D1.');
for (const size of values.sizes.split(',').map(Number)) {
  const { env, dispose } = await getPlatformProxy({ configPath: 'wrangler.toml', persist: false });
  const database = /** @type {{ DB: import('./search/archive.mjs').Database }} */ (env).DB;
  for (const { queries } of await readD1Migrations('migrations')) {
    await database.batch(queries.map((query) => database.prepare(query)));
  }
  await fill(database, studies(size));
  if (TIMES > 1) await copyStudies(database, TIMES);
  console.log(`\n## ${size * TIMES} studies\n`);
  console.log('| request | rows read | returned | per row | ms |\n|---|---:|---:|---:|---:|');
  for (const [title, path] of REQUESTS) {
    if (TIMES > 1 && !OF_COPIES.includes(title)) continue;
    const { read, returned, milliseconds } = await measure(database, path);
    const perRow = returned === 0 ? '' : (read / returned).toFixed(1);
    console.log(`| ${title} | ${read} | ${returned} | ${perRow} | ${milliseconds} |`);
  }
  const total = await measureTotal(database, '/studies?limit=101');
  console.log(`\nRows read for the total of the list: ${total}.`);
  if (TIMES > 1) {
    await dispose();
    continue;
  }
  const [study, series, instance] = await writeCosts(database, another(size));
  console.log(`\nRows written: a study ${study}, another series of it ${series}, another instance ${instance}.`);
  await dispose();
}

/** Makes a study of two series that the database does not have. @param {number} size */
function another(size) {
  for (const study of studies(size)) {
    if (study.series.length < 2) continue;
    /** @param {string} uid */
    const renamed = (uid) => `${uid}.9`;
    return {
      ...study,
      uid: renamed(study.uid),
      series: study.series.map((series) => ({
        ...series,
        uid: renamed(series.uid),
        instances: series.instances.map((instance) => ({ ...instance, uid: renamed(instance.uid) })),
      })),
    };
  }
  throw new Error('no study of two series');
}
