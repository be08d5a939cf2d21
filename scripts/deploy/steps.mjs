import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { buildViewer } from '../build-viewer.mjs';
import { wranglerEnvironment } from '../start/environment.mjs';
import { ROOT } from '../support/paths.mjs';
import { runWrangler } from '../support/wrangler.mjs';

const VIEWER = join(ROOT, 'viewer');

/** Says which step begins. @param {string} line */
export const step = (line) => console.log(`\n== ${line}`);

/**
 * The bindings of the databases of all archives: DB, and DB_NAME of each archive that ARCHIVES names; DB2 and DB2_NAME and so on
 * are their further ones. All of them have the same schema.
 * @param {import('wrangler').Unstable_RawConfig} worker wrangler.toml
 * @returns {string[]} the deployment's own first
 */
export function databasesOf(worker) {
  return (worker.d1_databases ?? [])
    .map(({ binding }) => binding)
    .filter((name) => /^DB[0-9]*(_[A-Z0-9_]+)?$/.test(name));
}

/**
 * @typedef {object} Deployment what a deployment needs
 * @property {string[]} databases the bindings
 * @property {(args: string[], cwd: string) => Promise<unknown>} wrangler
 * @property {() => Promise<unknown>} build builds the viewer
 */

/** The deployment that wrangler.toml describes. @returns {Deployment} */
export function liveDeployment() {
  return {
    databases: databasesOf(experimental_readRawConfig({ config: join(ROOT, 'wrangler.toml') }).rawConfig),
    wrangler: (args, cwd) => runWrangler(args, { cwd, stdio: 'inherit' }),
    build: () => buildViewer((line) => console.log(line)),
  };
}

/**
 * Deploys. The Worker serves all archives, so every database is migrated before it.
 * @param {Deployment} deployment
 */
export async function deploy({ databases, wrangler, build }) {
  step('Viewer: build');
  await build();
  for (const database of databases) {
    step(`Database ${database}: migrations`);
    await wrangler(['d1', 'migrations', 'apply', database, '--remote'], ROOT);
  }
  step('Archive: Worker');
  await wrangler(['deploy'], ROOT);
  step('Viewer: Pages');
  // With the branch's name, so that a deployment from any branch is the one that users see.
  await wrangler(['pages', 'deploy', '--branch', 'main'], VIEWER);
}

/**
 * Runs the same steps as far as possible without an account: every build, and the migrations on empty local databases.
 */
export async function rehearse() {
  const { databases, build } = liveDeployment();
  const scratch = mkdtempSync(join(tmpdir(), 'deploy-'));
  const env = wranglerEnvironment(scratch);
  try {
    step('Viewer: build');
    await build();
    for (const database of databases) {
      step(`Database ${database}: migrations, on an empty local one`);
      await runWrangler(['d1', 'migrations', 'apply', database, '--local', '--persist-to', scratch], {
        cwd: ROOT,
        env,
      });
      console.log('applied');
    }
    step('Archive: Worker, --dry-run: wrangler bundles it, which takes a minute or two');
    await runWrangler(['deploy', '--dry-run', '--outdir', join(scratch, 'worker')], {
      cwd: ROOT,
      env,
      stdio: 'inherit',
    });
    step('Viewer: Pages Worker: wrangler bundles it too');
    const command = [
      'pages',
      'functions',
      'build',
      '--build-output-directory',
      'dist',
      '--outdir',
      join(scratch, 'pages'),
    ];
    await runWrangler(command, { cwd: VIEWER, env });
    console.log('built');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
