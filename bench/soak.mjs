/**
 * Mixed load at the front door that `npm start` opens: clients store, search, scroll, render, retrieve, delete, restore and
 * disconnect. Every answer is checked against what was stored. No answer may be 5xx, except 503 with Retry-After, and memory must
 * not grow. In the end, many clients overload the archive, which must answer quickly again within 10 seconds.
 *
 *     node_modules/.bin/node --experimental-transform-types --no-warnings bench/soak.mjs --minutes 30 --chart docs/images/soak.svg
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { scratchFolder, startFrontDoor } from '../test/support/front-door.ts';
import { commandLine, descendants } from '../test/support/processes.ts';
import { seededRandom } from '../test/support/seeded-random.ts';
import { median } from '../test/support/storm.ts';
import { logChart } from './chart.mjs';
import { residentMegabytes } from './process.mjs';
import { Figures } from './soak/figures.mjs';
import { LoadClient } from './soak/load.mjs';
import { overload } from './soak/overload.mjs';
import { Studies } from './soak/studies.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    chart: { type: 'string' },
  },
});
const MINUTES = Number(values.minutes);
/** How much the memory of the second half of the time may exceed that of the first half, of which the beginning is left out. */
const GROWTH = 1.15;
const SAMPLE_MS = 2000;
/** Seconds in which the archive must answer quickly again. */
const RECOVERY_SECONDS = 10;

const scratch = scratchFolder();
const door = await startFrontDoor({ data: `${scratch.path}/archive`, args: ['--no-sample'] });
const problems = [];
try {
  const figures = new Figures();
  const studies = new Studies();
  const memory = /** @type {number[]} */ ([]);
  const sampling = setInterval(() => memory.push(runtimeMegabytes()), SAMPLE_MS);
  const end = Date.now() + MINUTES * 60_000;
  const clients = Array.from(
    { length: Number(values.clients) },
    (_, at) => new LoadClient(door.origin, studies, figures, seededRandom(Number(values.seed) * 1000 + at)),
  );
  await Promise.all(clients.map((client) => client.work(end)));
  clearInterval(sampling);
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

  const part = Math.floor(memory.length / 4);
  const [early, late] = [median(memory.slice(part, 2 * part + 1)), median(memory.slice(3 * part))];
  console.log(
    `\nresident memory of the runtime: ${early.toFixed(0)} MB in the second quarter, ${late.toFixed(0)} MB in the last`,
  );
  if (late > early * GROWTH) problems.push('memory grows');

  const { statuses, seconds } = await overload(door.origin, studies);
  console.log(`overload: ${JSON.stringify(statuses)}; answers were quick again ${seconds.toFixed(1)} s after its end`);
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

/** Of all runtimes that `npm start` has started. */
function runtimeMegabytes() {
  const runtimes = descendants(door.process.pid).filter((pid) => {
    try {
      return /workerd/.test(commandLine(pid).split(' ')[0] ?? '');
    } catch {
      return false;
    }
  });
  return runtimes.reduce((sum, pid) => sum + residentMegabytes(pid).now, 0);
}

/** @param {readonly string[]} cells */
function line([title = '', ...cells]) {
  return title.padEnd(32) + cells.map((cell) => cell.padStart(10)).join('');
}
