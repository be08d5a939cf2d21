import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ROOT } from '../support/paths.mjs';

const USAGE = `usage: npm run check:faults [-- --sequences N] [--seed N] [--scenario TEXT] [--part K/N] [--count]

Makes a fault at every call that the scenarios make of R2, D1, the queue and the cache, and compares N sequences of clients
(3000) with the model of the contract. Prints how far it is, and what was found at once. CI runs a sample of both. --scenario
tries only the scenario of this name, or those whose names contain the text, or one of several texts between commas, in this order,
and no sequences; "moves" is that of studies that move between databases, and "grows" that of an archive that gets a further one.
--part 2/5 tries the second fifth of the points of these scenarios, for runs that must be short: with the same seed, parts 1/5 to 5/5 are
all points. --count only counts. docs/faults.md holds the figures.`;

const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '1' },
    scenario: { type: 'string', default: '' },
    part: { type: 'string', default: '1/1' },
    count: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else if (!/^[1-9]\d*\/[1-9]\d*$/.test(values.part)) {
  console.error(`--part ${values.part}: a part is K/N, such as 2/5`);
  process.exitCode = 2;
} else {
  const moves = 'test/databases/move-faults.test.ts';
  const all = ['test/runtime/faults.test.ts', 'test/runtime/model.test.ts', moves];
  const ofDatabases = values.scenario === 'moves' || values.scenario === 'grows';
  const tests =
    values.scenario === '' && !values.count ? all : ofDatabases ? [moves, '-t', values.scenario] : all.slice(0, 1);
  const projects = ['--project', 'runtime', '--project', 'databases'];
  // What a test prints is shown although the test passes.
  const { status } = spawnSync('npx', ['vitest', 'run', '--silent=false', ...projects, ...tests], {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      FAULT_POINTS: values.count ? 'none' : 'all',
      FAULT_PART: values.part,
      FAULT_SEED: values.seed,
      FAULT_SCENARIO: ofDatabases ? '' : values.scenario,
      MODEL_SEQUENCES: values.sequences,
      MODEL_SEED: values.seed,
    },
  });
  process.exitCode = status ?? 1;
}
