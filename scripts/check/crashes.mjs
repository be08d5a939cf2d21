import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ROOT } from '../support/paths.mjs';

const USAGE = `usage: npm run check:crashes [-- --rounds N] [--seed N]

Kills the runtime N times (20) during stores, deletions, resumable uploads and their ingest, and checks after each kill that
nothing acknowledged is lost and nothing else is visible. CI makes a few of these kills. docs/measurements.md holds the figures.`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else {
  const tests = ['crash/crash', 'crash/crash-delete', 'crash/crash-upload', 'upload/upload-ingest'].map(
    (name) => `test/system/${name}.test.ts`,
  );
  const options = ['--project', 'system', '--silent=false', '--no-file-parallelism'];
  const { status } = spawnSync('npx', ['vitest', 'run', ...options, ...tests], {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      CRASH_ROUNDS: values.rounds,
      ...(values.seed === undefined ? {} : { CRASH_SEED: values.seed }),
    },
  });
  process.exitCode = status ?? 1;
}
