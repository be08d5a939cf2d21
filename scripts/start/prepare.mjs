import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/paths.mjs';
import { runWrangler } from '../support/wrangler.mjs';
import { wranglerEnvironment } from './environment.mjs';

/**
 * Makes the folder ready for this version of the project: the Worker as it would be deployed, a configuration of its own
 * and a migrated database. What runs is what was there at the start: later edits do not restart it under its users.
 * @param {{ data: string, vars: Record<string, string> }} options
 * @param {(line: string) => void} progress
 * @returns {Promise<string>} the configuration's path
 */
export async function prepareDataFolder({ data, vars }, progress) {
  const config = join(data, 'worker.json');
  const stampFile = join(data, 'prepared');
  const stamp = sourceStamp(data, vars);
  if (existsSync(config) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return config;

  progress('building the archive and migrating its database');
  const env = wranglerEnvironment(data);
  const bundle = join(data, 'worker');
  await writeConfig(config, join(bundle, 'index.js'), vars);
  await Promise.all([
    runWrangler(['deploy', '--dry-run', '--outdir', bundle], { cwd: ROOT, env }),
    runWrangler(['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', data, '--config', config], {
      cwd: data,
      env,
    }),
  ]);
  writeFileSync(stampFile, stamp);
  return config;
}

/**
 * wrangler.toml with paths that hold from anywhere, and with ALLOW_ANONYMOUS. That variable is set in no other place:
 * what is deployed never has it unless its owner decides so, and what runs here listens on loopback alone.
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
    vars: { ...rest.vars, ALLOW_ANONYMOUS: 'true', ...vars },
  };
  writeFileSync(path, JSON.stringify(config, null, 2));
}

/**
 * Changes with whatever is built here, with where it stands and with its settings.
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
