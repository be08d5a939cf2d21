import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { ROOT } from '../support/paths.mjs';
import { runScript, runWrangler } from '../support/wrangler.mjs';
import { localArchives } from './archives.mjs';
import { wranglerEnvironment } from './environment.mjs';

/**
 * What the folder keeps from one start to the next.
 * @typedef {object} Kept
 * @property {readonly string[]} archives the names of those beside the default one
 * @property {number} databases of the default archive
 */

/**
 * Prepares the folder for this version of the project: the Worker as it would be deployed, with a clock of its own
 * (src/local.ts), a configuration of its own and migrated databases. The archive runs from this copy, so later edits of
 * the source do not restart it while it is in use. A prepared folder can be copied and moved: it names no path of its own.
 * @param {{ data: string, port: number, vars: Record<string, string> } & Kept} options
 * @param {(line: string) => void} progress
 * @returns {Promise<string>} the path of the configuration
 */
export async function prepareDataFolder({ data, port, archives, databases, vars }, progress) {
  const config = join(data, 'worker.json');
  const stampFile = join(data, 'prepared');
  const kept = { archives, databases };
  const sources = sourceStamp();
  const stamp = `${sources}\n${JSON.stringify([archives, databases, vars.ARCHIVES ?? ''])}`;
  const prepared = existsSync(config) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  const lost = prepared && !hasDatabases(data, config);
  if (lost)
    progress(
      `an index in ${data} is missing: an empty one is created, and stored files stay. "npm run rebuild" fills it`,
    );
  if (!prepared || lost) {
    // Until all is made, it is not known what the folder holds.
    rmSync(stampFile, { force: true });
    progress('building the archive and migrating its databases');
    writeConfig(data, config, kept, vars.ARCHIVES);
    const env = wranglerEnvironment(data);
    const migrate = join(ROOT, 'scripts/start/migrate.mjs');
    await Promise.all([bundleWorker(data, env, sources), runScript(migrate, [config, data], { cwd: data, env })]);
    writeFileSync(stampFile, stamp);
  }
  setVars(data, config, port, vars);
  return config;
}

/**
 * Writes the settings of this start into the configuration. ALLOW_ANONYMOUS is set nowhere else: a deployment has it only if
 * its owner decides so, and the archive that runs here listens only on the loopback address. The archive is told its own
 * address, because Python's dicomweb-client sends a Host header without the port.
 * @param {string} data
 * @param {string} path of the configuration
 * @param {number} port
 * @param {Record<string, string>} vars
 */
function setVars(data, path, port, { ARCHIVES: _built, ...vars }) {
  const config = JSON.parse(readFileSync(path, 'utf8'));
  const own = {
    ALLOW_ANONYMOUS: 'true',
    // src/local.ts refuses foreign hosts itself, and knows the names of this machine.
    ALLOWED_HOSTS: '*',
    PUBLIC_ORIGIN: `http://localhost:${port}, http://127.0.0.1:${port}`,
  };
  config.vars = { ...JSON.parse(readFileSync(join(data, BUILT_VARS), 'utf8')), ...own, ...vars };
  writeFileSync(path, JSON.stringify(config, null, 2));
}

/** The settings with which the folder was prepared. */
const BUILT_VARS = 'vars.json';

/** The folder of the Worker, in the data folder. */
export const BUNDLE = 'worker';

/**
 * Makes the Worker, unless the folder has it already: with other archives or databases, it is the same.
 * @param {string} data
 * @param {NodeJS.ProcessEnv} env
 * @param {string} sources what it is made from
 */
async function bundleWorker(data, env, sources) {
  const out = join(data, BUNDLE);
  const stampFile = join(data, 'bundled');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sources) return;
  rmSync(stampFile, { force: true });
  rmSync(out, { recursive: true, force: true });
  await runWrangler(['deploy', join(ROOT, 'src/local.ts'), '--dry-run', '--outdir', out], { cwd: ROOT, env });
  // Wrangler would read it at each start, which takes half a second. What the archive logs is not mapped to the sources anyway.
  rmSync(join(out, 'local.js.map'), { force: true });
  writeFileSync(stampFile, sources);
}

/**
 * Writes the configuration without the settings of a start: wrangler.toml, with the databases and buckets of this machine.
 * @param {string} data
 * @param {string} path
 * @param {Kept} kept
 * @param {string | undefined} settings the setting ARCHIVES of this start
 */
function writeConfig(data, path, { archives, databases }, settings) {
  const rawConfig = /** @type {import('wrangler').Unstable_RawConfig} */ (
    parse(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'))
  );
  const { triggers: _cron, vars, ...rest } = rawConfig;
  const local = localArchives(rawConfig, archives, databases, settings);
  const config = {
    ...rest,
    main: `${BUNDLE}/local.js`,
    d1_databases: local.databases.map((database) => ({
      ...database,
      migrations_dir: join(ROOT, database.migrations_dir ?? 'migrations'),
    })),
    r2_buckets: local.buckets,
  };
  writeFileSync(path, JSON.stringify(config, null, 2));
  writeFileSync(join(data, BUILT_VARS), JSON.stringify({ ...vars, ARCHIVES: local.settings }));
}

/**
 * Whether the files of all databases exist; a folder without one gets an empty database.
 * @param {string} data
 * @param {string} config the path of the configuration that names the databases
 */
function hasDatabases(data, config) {
  const folder = join(data, 'v3/d1');
  if (!existsSync(folder)) return false;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const { d1_databases } = JSON.parse(readFileSync(config, 'utf8'));
  return files.filter((name) => /[0-9a-f]{64}\.sqlite$/.test(name)).length >= d1_databases.length;
}

/** Changes with everything from which a folder is prepared. Settings do not count: they are written at each start. */
function sourceStamp() {
  const hash = createHash('sha256').update(ROOT);
  for (const name of SOURCES) {
    const path = join(ROOT, name);
    if (!existsSync(path)) continue;
    const files = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }).sort() : [''];
    for (const file of files) {
      if (statSync(join(path, file)).isFile()) hash.update(`${name}/${file}\n`).update(readFileSync(join(path, file)));
    }
  }
  return hash.digest('hex');
}

const SOURCES = [
  'wrangler.toml',
  'package-lock.json',
  // What is installed: after an update of the sources, that may be other versions for a while.
  'node_modules/.package-lock.json',
  'tsconfig.json',
  'migrations',
  'src',
  'scripts/start',
  'scripts/archives',
];
