import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ROOT } from '../support/paths.mjs';

const USAGE = `usage: npm run measure:scale [-- --slices 10000] [--series 5000] [--frames 400000]

Stores a series one slice a request, a study of many series and a slide of many frames, and prints what D1 and R2 bill for it and
for reading it. CI runs a short form with the same bounds: test/runtime/scale.test.ts. docs/measurements.md holds the figures.`;

const { values } = parseArgs({
  options: {
    slices: { type: 'string', default: '10000' },
    series: { type: 'string', default: '5000' },
    frames: { type: 'string', default: '400000' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else {
  const { status } = spawnSync(
    'npx',
    ['vitest', 'run', '--project', 'runtime', '--silent=false', 'test/runtime/scale.test.ts'],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, SCALE_SLICES: values.slices, SCALE_SERIES: values.series, SCALE_FRAMES: values.frames },
    },
  );
  process.exitCode = status ?? 1;
}
