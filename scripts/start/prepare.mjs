import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/paths.mjs';
import { runWrangler } from '../support/wrangler.mjs';
import { wranglerEnvironment } from './environment.mjs';

/**
 * Prepares the folder for this version of the project: the Worker as it would be deployed, with a clock of its own
 * (src/local.ts), a configuration of its own and a migrated database. The archive runs from this copy, so later edits of the source do not restart it while it is
 * in use.
 * @param {{ data: string, port: number, vars: Record<string, string> }} options
 * @param {(line: string) => void} progress
 * @returns {Promise<string>} the path of the configuration
 */
export async function prepareDataFolder({ data, port, vars }, progress) {
  const config = join(data, 'worker.json');
  const stampFile = join(data, 'prepared');
  const stamp = sourceStamp(data, vars);
  const prepared = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (!prepared || !existsSync(config) || !hasDatabase(data)) {
    if (prepared && !hasDatabase(data))
      progress(`the index in ${data} is missing: an empty one is created, and stored files stay`);
    await build(data, config, vars, progress);
    writeFileSync(stampFile, stamp);
  }
  if (vars.PUBLIC_ORIGIN === undefined) setOrigins(config, port);
  return config;
}

/**
 * Tells the archive its own address, because Python's dicomweb-client sends a Host header without the port.
 * @param {string} path of the configuration
 * @param {number} port
 */
function setOrigins(path, port) {
  const config = JSON.parse(readFileSync(path, 'utf8'));
  config.vars.PUBLIC_ORIGIN = `http://localhost:${port}, http://127.0.0.1:${port}`;
  writeFileSync(path, JSON.stringify(config, null, 2));
}

/**
 * @param {string} data
 * @param {string} config the configuration's path
 * @param {Record<string, string>} vars
 * @param {(line: string) => void} progress
 */
async function build(data, config, vars, progress) {
  progress('building the archive and migrating its database');
  const env = wranglerEnvironment(data);
  const bundle = join(data, 'worker');
  await writeConfig(config, join(bundle, 'local.js'), vars);
  await Promise.all([
    runWrangler(['deploy', join(ROOT, 'src/local.ts'), '--dry-run', '--outdir', bundle], { cwd: ROOT, env }),
    runWrangler(['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', data, '--config', config], {
      cwd: data,
      env,
    }),
  ]);
}

/**
 * Writes wrangler.toml with absolute paths and with ALLOW_ANONYMOUS. That variable is set nowhere else: a deployment
 * has it only if its owner decides so, and the archive that runs here listens only on the loopback address.
 * @param {string} path
 * @param {string} main
 * @param {Record<string, string>} vars
 */
async function writeConfig(path, main, vars) {
  const { experimental_readRawConfig } = await import('wrangler');
  const { rawConfig } = experimental_readRawConfig({ config: join(ROOT, 'wrangler.toml') });
  const { triggers: _cron, d1_databases = [], ...rest } = rawConfig;
  const config = {
    ...rest,
    main,
    d1_databases: d1_databases.map((/** @type {{ migrations_dir?: string }} */ database) => ({
      ...database,
      migrations_dir: join(ROOT, database.migrations_dir ?? 'migrations'),
    })),
    // src/local.ts refuses foreign hosts itself, and knows the names of this machine.
    vars: { ...rest.vars, ALLOW_ANONYMOUS: 'true', ALLOWED_HOSTS: '*', ...vars },
  };
  writeFileSync(path, JSON.stringify(config, null, 2));
}

/** Whether the database's file exists; a folder without it gets an empty database. @param {string} data */
function hasDatabase(data) {
  const folder = join(data, 'v3/d1');
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => /[0-9a-f]{64}\.sqlite$/.test(name));
}

/**
 * Changes with the sources, with the folder and with the settings.
 * @param {string} data
 * @param {Record<string, string>} vars
 */
function sourceStamp(data, vars) {
  const hash = createHash('sha256').update(`${ROOT}\n${data}\n${JSON.stringify(vars)}\n`);
  for (const name of ['wrangler.toml', 'package-lock.json', 'tsconfig.json', 'migrations', 'src', 'scripts/start']) {
    const path = join(ROOT, name);
    const files = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }).sort() : [''];
    for (const file of files) {
      if (statSync(join(path, file)).isFile()) hash.update(`${name}/${file}\n`).update(readFileSync(join(path, file)));
    }
  }
  return hash.digest('hex');
}
