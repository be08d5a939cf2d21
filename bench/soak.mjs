/**
 * Mixed load at the front door that `npm start` opens: clients store, search, scroll, render, retrieve, delete, restore and
 * disconnect. Every answer is checked against what was stored. No answer may be 5xx, except 503 with Retry-After, and memory must
 * not grow. In the end, many clients overload the archive, which must answer quickly again within 10 seconds.
 *
 *     node_modules/.bin/node --experimental-transform-types --no-warnings bench/soak.mjs --minutes 30 --chart docs/images/soak.svg
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { seededRandom } from '../test/support/seeded-random.ts';
import { scratchFolder, startFrontDoor } from '../test/support/server/front-door.ts';
import { Figures } from './soak/figures.mjs';
import { LoadClient } from './soak/load.mjs';
import { MemoryWatch } from './soak/memory-watch.mjs';
import { overload } from './soak/overload.mjs';
import { Studies } from './soak/studies.mjs';
import { logChart } from './support/chart.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    chart: { type: 'string' },
    // Looks at the heaps of the isolates so many times, and with a folder keeps a heap snapshot of the archive's each time.
    looks: { type: 'string', default: '4' },
    snapshots: { type: 'string' },
    // Says at each look what was found.
    verbose: { type: 'boolean', default: false },
  },
});
const MINUTES = Number(values.minutes);
/** How much the memory of the second half of the time may exceed that of the first half, of which the beginning is left out. */
const GROWTH = 1.15;
/** The last look, as a part of the time. */
const LAST_LOOK = 0.98;
/** Places of memory that are written out. */
const PLACES = 8;
/** Seconds in which the archive must answer quickly again. */
const RECOVERY_SECONDS = 10;

const scratch = scratchFolder();
const door = await startFrontDoor({ data: `${scratch.path}/archive`, args: ['--no-sample', '--inspector'] });
const problems = [];
try {
  const figures = new Figures();
  const studies = new Studies();
  const memory = new MemoryWatch(door.process.pid);
  memory.begin();
  const begun = Date.now();
  const end = Date.now() + MINUTES * 60_000;
  const clients = Array.from(
    { length: Number(values.clients) },
    (_, at) => new LoadClient(door.origin, studies, figures, seededRandom(Number(values.seed) * 1000 + at)),
  );
  const looking = lookNowAndThen(memory, begun, end);
  await Promise.all(clients.map((client) => client.work(end)));
  memory.end();
  await looking;
  console.log(
    `${figures.answers} answers checked, ${figures.abandoned} requests abandoned, ${figures.askedAgain} times 503 with Retry-After`,
  );
  console.log(`${studies.count('here')} studies are stored, ${studies.count('deleted')} deleted\n`);
  console.log(line(['milliseconds', 'answers', 'median', '95 %', '99 %', 'longest']));
  for (const { name, count, marks } of figures.rows()) {
    console.log(line([name, String(count), ...marks.map((mark) => mark.toFixed(0))]));
  }
  problems.push(...figures.failures);
  if (figures.failureCount > figures.failures.length)
    problems.push(`and ${figures.failureCount - figures.failures.length} more`);

  const [early, late] = [memory.quarter(1), memory.quarter(3)];
  console.log(
    `\nresident memory of the runtime, MB in each quarter: ${[0, 1, 2, 3].map((at) => memory.quarter(at).toFixed(0)).join(', ')}`,
  );
  console.log(line(['after a collection, MB', ...memory.looks.map(({ at }) => `${(at * 100).toFixed(0)} %`)]));
  for (const part of /** @type {const} */ (['resident', 'anonymous', 'files'])) {
    console.log(line([part, ...memory.looks.map((look) => look[part].toFixed(0))]));
  }
  for (const place of Object.keys(memory.looks.at(-1)?.places ?? {}).slice(0, PLACES)) {
    console.log(line([`  at ${place}`, ...memory.looks.map(({ places }) => places[place]?.toFixed(0) ?? '')]));
  }
  for (const name of Object.keys(memory.looks.at(-1)?.heaps ?? {})) {
    for (const part of /** @type {const} */ (['used', 'total', 'outside'])) {
      console.log(line([`${name}, ${part}`, ...memory.looks.map(({ heaps }) => heaps[name]?.[part].toFixed(1) ?? '')]));
    }
  }
  if (late > early * GROWTH) problems.push('memory grows');

  const { statuses, metadata, pictures, last } = await overload(door.origin, studies);
  const seconds = Math.max(metadata, pictures);
  console.log(`overload: ${JSON.stringify(statuses)}; answers were quick again ${seconds.toFixed(1)} s after its end`);
  console.log(`the last client of it had its answer ${last.toFixed(1)} s after its end`);
  for (const status of Object.keys(statuses)) {
    if (status !== '200' && status !== '503') problems.push(`${statuses[status]} answers of ${status} under overload`);
  }
  if (seconds > RECOVERY_SECONDS) problems.push('the archive has not recovered from overload in time');
  if (values.chart !== undefined) {
    const title = `Mixed load of ${MINUTES} minutes, ${values.clients} clients`;
    writeFileSync(values.chart, logChart(title, ['median', '95 %', '99 %', 'longest'], figures.rows(), 'ms'));
  }
} finally {
  await door.end();
  scratch.remove();
}
console.log(problems.length === 0 ? '\nAll is well.' : `\n${problems.join('\n')}`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** @param {MemoryWatch} memory @param {number} begun @param {number} end */
async function lookNowAndThen(memory, begun, end) {
  const looks = Number(values.looks);
  for (let look = 1; look <= looks; look += 1) {
    // An isolate that has nothing to do does not answer the inspector.
    const part = Math.min(look / looks, LAST_LOOK);
    const at = begun + (end - begun) * part;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
    const snapshot = values.snapshots === undefined ? undefined : `${values.snapshots}/${look}.heapsnapshot`;
    await memory.look(part, snapshot);
    if (values.verbose) console.error(JSON.stringify(memory.looks.at(-1)));
  }
}

/** @param {readonly string[]} cells */
function line([title = '', ...cells]) {
  return title.padEnd(32) + cells.map((cell) => cell.padStart(10)).join('');
}
