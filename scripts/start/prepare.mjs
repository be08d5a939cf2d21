import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/paths.mjs';
import { runWrangler } from '../support/wrangler.mjs';
import { localArchives } from './archives.mjs';
import { wranglerEnvironment } from './environment.mjs';

/**
 * Prepares the folder for this version of the project: the Worker as it would be deployed, with a clock of its own
 * (src/local.ts), a configuration of its own and migrated databases. The archive runs from this copy, so later edits of
 * the source do not restart it while it is in use.
 * @param {{ data: string, port: number, archives: readonly string[], vars: Record<string, string> }} options
 *   archives: the names of those beside the default one
 * @param {(line: string) => void} progress
 * @returns {Promise<string>} the path of the configuration
 */
export async function prepareDataFolder({ data, port, archives, vars }, progress) {
  const config = join(data, 'worker.json');
  const stampFile = join(data, 'prepared');
  const stamp = sourceStamp(data, archives, vars);
  const prepared = existsSync(config) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  const lost = prepared && !hasDatabases(data, config);
  if (lost) progress(`an index in ${data} is missing: an empty one is created, and stored files stay`);
  if (!prepared || lost) {
    await build(data, config, archives, vars, progress);
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
 * @param {readonly string[]} archives
 * @param {Record<string, string>} vars
 * @param {(line: string) => void} progress
 */
async function build(data, config, archives, vars, progress) {
  progress('building the archive and migrating its databases');
  const env = wranglerEnvironment(data);
  const bundle = join(data, 'worker');
  const databases = await writeConfig(config, join(bundle, 'local.js'), archives, vars);
  const migrate = async () => {
    for (const database of databases) {
      const command = ['d1', 'migrations', 'apply', database, '--local', '--persist-to', data, '--config', config];
      await runWrangler(command, { cwd: data, env });
    }
  };
  await Promise.all([
    runWrangler(['deploy', join(ROOT, 'src/local.ts'), '--dry-run', '--outdir', bundle], { cwd: ROOT, env }),
    migrate(),
  ]);
}

/**
 * Writes wrangler.toml with absolute paths and with ALLOW_ANONYMOUS. That variable is set nowhere else: a deployment
 * has it only if its owner decides so, and the archive that runs here listens only on the loopback address.
 * @param {string} path
 * @param {string} main
 * @param {readonly string[]} archives
 * @param {Record<string, string>} vars
 * @returns {Promise<string[]>} the bindings of the databases
 */
async function writeConfig(path, main, archives, vars) {
  const { experimental_readRawConfig } = await import('wrangler');
  const { rawConfig } = experimental_readRawConfig({ config: join(ROOT, 'wrangler.toml') });
  const { triggers: _cron, ...rest } = rawConfig;
  const { databases, buckets, settings } = localArchives(rawConfig, archives, vars);
  const config = {
    ...rest,
    main,
    d1_databases: databases.map((database) => ({
      ...database,
      migrations_dir: join(ROOT, database.migrations_dir ?? 'migrations'),
    })),
    r2_buckets: buckets,
    // src/local.ts refuses foreign hosts itself, and knows the names of this machine.
    vars: { ...rest.vars, ALLOW_ANONYMOUS: 'true', ALLOWED_HOSTS: '*', ...vars, ARCHIVES: settings },
  };
  writeFileSync(path, JSON.stringify(config, null, 2));
  return databases.map(({ binding }) => binding);
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

/**
 * Changes with the sources, with the folder, with its archives and with the settings.
 * @param {string} data
 * @param {readonly string[]} archives
 * @param {Record<string, string>} vars
 */
function sourceStamp(data, archives, vars) {
  const hash = createHash('sha256').update(`${ROOT}\n${data}\n${archives.join()}\n${JSON.stringify(vars)}\n`);
  for (const name of [
    'wrangler.toml',
    'package-lock.json',
    'tsconfig.json',
    'migrations',
    'src',
    'scripts/start',
    'scripts/archives',
  ]) {
    const path = join(ROOT, name);
    const files = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }).sort() : [''];
    for (const file of files) {
      if (statSync(join(path, file)).isFile()) hash.update(`${name}/${file}\n`).update(readFileSync(join(path, file)));
    }
  }
  return hash.digest('hex');
}
