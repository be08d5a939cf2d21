/**
 * `npm run deploy`: the database's migrations, then the Worker, then the viewer, so that nothing new meets what is older
 * than it needs. With `--dry-run` everything is built and nothing leaves this machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildViewer } from './build-viewer.mjs';
import { checkDeployment } from './deploy/check.mjs';
import { wranglerEnvironment } from './start/environment.mjs';
import { endChildren } from './support/children.mjs';
import { ROOT } from './support/paths.mjs';
import { runWrangler } from './support/wrangler.mjs';

const VIEWER = join(ROOT, 'viewer');
const step = (/** @type {string} */ line) => console.log(`\n== ${line}`);

/** @param {string[]} args @param {string} cwd */
const live = (args, cwd) => runWrangler(args, { cwd, stdio: 'inherit' });

async function deploy() {
  step('Viewer: build');
  await buildViewer((line) => console.log(line));
  step('Database: migrations');
  await live(['d1', 'migrations', 'apply', 'DB', '--remote'], ROOT);
  step('Archive: Worker');
  await live(['deploy'], ROOT);
  step('Viewer: Pages');
  // By name: a deployment from any branch is the one that users see.
  await live(['pages', 'deploy', '--branch', 'main'], VIEWER);
}

/** The same steps, as far as they go without an account: every build, and the migrations on an empty local database. */
async function rehearse() {
  const scratch = mkdtempSync(join(tmpdir(), 'deploy-'));
  const env = wranglerEnvironment(scratch);
  try {
    step('Viewer: build');
    await buildViewer((line) => console.log(line));
    step('Database: migrations, on an empty local one');
    await runWrangler(['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', scratch], { cwd: ROOT, env });
    console.log('applied');
    step('Archive: Worker, --dry-run');
    await runWrangler(['deploy', '--dry-run', '--outdir', join(scratch, 'worker')], {
      cwd: ROOT,
      env,
      stdio: 'inherit',
    });
    step('Viewer: Pages Function');
    await runWrangler(['pages', 'functions', 'build', '--outdir', join(scratch, 'function')], { cwd: VIEWER, env });
    console.log('built');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => endChildren().then(() => process.exit(1)));
}

try {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
  const missing = await checkDeployment();
  if (values['dry-run']) {
    await rehearse();
    console.log(`\nEverything builds. Nothing was deployed.${missing.length ? ' Before a deployment:' : ''}`);
    for (const line of missing) console.log(`- ${line}`);
  } else if (missing.length > 0) {
    throw new Error(`This cannot be deployed yet:\n${missing.map((line) => `- ${line}`).join('\n')}`);
  } else {
    await deploy();
  }
} catch (error) {
  console.error(`\nnpm run deploy: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
