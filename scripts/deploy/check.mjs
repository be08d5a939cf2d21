import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { bindingOf } from '../archives/names.mjs';
import { tableOf } from '../archives/table.mjs';
import { ROOT } from '../support/paths.mjs';
import { COUNTERS } from './reach.mjs';

const PLACEHOLDER = /^[0-]*$/;

/**
 * Finds what the owner has to do before a deployment, without any network access.
 * @returns {Promise<string[]>} sentences; empty if the configuration is complete
 */
export async function checkDeployment() {
  const missing = [];
  /** @type {{ rawConfig: import('wrangler').Unstable_RawConfig }} */
  const { rawConfig: worker } = experimental_readRawConfig({ config: join(ROOT, 'wrangler.toml') });
  const { rawConfig: viewer } = experimental_readRawConfig({ config: join(ROOT, 'viewer/wrangler.toml') });

  const databases = worker.d1_databases ?? [];
  for (const { binding, database_id } of databases) {
    if (database_id && !PLACEHOLDER.test(database_id)) continue;
    const remedy =
      binding === 'DB'
        ? '`npm run deploy -- --create` makes the database and writes its id.'
        : '`npx wrangler d1 list` shows the ids.';
    missing.push(`wrangler.toml: database_id of ${binding} is the placeholder. ${remedy}`);
  }
  for (const name of Object.keys(tableOf(worker.vars?.ARCHIVES))) {
    if (databases.some(({ binding }) => binding === bindingOf('DB', name))) continue;
    missing.push(
      `wrangler.toml: the archive ${name} has no database. Take it out of ARCHIVES; \`npm run archives -- add ${name}\` adds it.`,
    );
  }
  const buckets = worker.r2_buckets ?? [];
  missing.push(
    ...usedTwice(
      'database_id',
      databases.map(({ database_id }) => database_id),
    ),
  );
  missing.push(
    ...usedTwice(
      'bucket_name',
      buckets.map(({ bucket_name }) => bucket_name),
    ),
  );
  const bound = viewer.services?.[0]?.service;
  if (bound !== worker.name) {
    missing.push(`viewer/wrangler.toml binds to "${bound}", but the Worker's name is "${worker.name}".`);
  }
  if (readdirSync(join(ROOT, 'migrations')).every((name) => !name.endsWith('.sql'))) {
    missing.push('migrations/ contains no migration.');
  }
  missing.push(...secretsIn(worker.vars ?? {}), ...misnamedLimits(limitsOf(worker)));
  const tooLarge = largeFiles(join(ROOT, 'viewer/dist'));
  if (tooLarge.length > 0) missing.push(`Pages accepts files of at most 25 MiB: ${tooLarge.join(', ')}.`);
  return missing;
}

/**
 * Secrets in wrangler.toml. Everybody who can see the repository or the account's settings can read them there.
 * @param {Record<string, unknown>} vars
 */
export function secretsIn(vars) {
  return SECRETS.filter((name) => vars[name]).map(
    (name) =>
      `wrangler.toml: ${name} is a secret. Take it out of [vars], make another one, and set it: npx wrangler secret put ${name}.`,
  );
}

/** Limits that nothing reads: the Worker would refuse every request. @param {readonly { name: string }[]} limits */
export function misnamedLimits(limits) {
  return limits
    .filter(({ name }) => !COUNTERS.includes(name))
    .map(({ name }) => `wrangler.toml: [[ratelimits]] has no limit ${name}. The limits are ${COUNTERS.join(' and ')}.`);
}

/** @param {object} worker wrangler.toml @returns {{ name: string }[]} */
export function limitsOf(worker) {
  return 'ratelimits' in worker && Array.isArray(worker.ratelimits) ? worker.ratelimits : [];
}

const SECRETS = ['SESSION_KEY', 'OIDC_CLIENT_SECRET'];

/** @param {string} what @param {(string | undefined)[]} values those of all archives */
function usedTwice(what, values) {
  const twice = values.filter((each, at) => each && !PLACEHOLDER.test(each) && values.indexOf(each) !== at);
  return twice.map((each) => `wrangler.toml: two archives have the same ${what}, ${each}. Each needs its own.`);
}

/** @param {string} folder @returns {string[]} */
function largeFiles(folder) {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => statSync(join(folder, name)).size > 25 * 1024 * 1024,
    );
  } catch {
    return [];
  }
}
