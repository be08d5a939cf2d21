import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/paths.mjs';
import { runWrangler } from '../support/wrangler.mjs';
import { wranglerEnvironment } from './environment.mjs';

/**
 * Makes the folder ready for this version of the project: a configuration of its own and a migrated database.
 * @param {string} data
 * @param {(line: string) => void} progress
 * @returns {Promise<string>} the configuration's path
 */
export async function prepareDataFolder(data, progress) {
  const config = join(data, 'worker.json');
  const stampFile = join(data, 'prepared');
  const stamp = sourceStamp();
  if (existsSync(config) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return config;

  await writeConfig(config);
  progress('migrating the database');
  await runWrangler(['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', data, '--config', config], {
    cwd: data,
    env: wranglerEnvironment(data),
  });
  writeFileSync(stampFile, stamp);
  return config;
}

/**
 * wrangler.toml with paths that hold from anywhere, and with ALLOW_ANONYMOUS. That variable is set in no other place:
 * what is deployed never has it unless its owner decides so, and what runs here listens on loopback alone.
 * @param {string} path
 */
async function writeConfig(path) {
  const { experimental_readRawConfig } = await import('wrangler');
  const { rawConfig } = experimental_readRawConfig({ config: join(ROOT, 'wrangler.toml') });
  const { triggers: _cron, main, d1_databases = [], ...rest } = rawConfig;
  if (!main) throw new Error('wrangler.toml names no main module.');
  const config = {
    ...rest,
    main: join(ROOT, main),
    d1_databases: d1_databases.map((/** @type {{ migrations_dir?: string }} */ database) => ({
      ...database,
      migrations_dir: join(ROOT, database.migrations_dir ?? 'migrations'),
    })),
    vars: { ...rest.vars, ALLOW_ANONYMOUS: 'true' },
  };
  writeFileSync(path, JSON.stringify(config, null, 2));
}

/** Changes with the configuration, the migrations and the place of the project. */
function sourceStamp() {
  const hash = createHash('sha256')
    .update(ROOT)
    .update(readFileSync(join(ROOT, 'wrangler.toml')));
  hash.update(readFileSync(new URL(import.meta.url)));
  const folder = join(ROOT, 'migrations');
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}
