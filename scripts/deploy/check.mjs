import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { ROOT } from '../support/paths.mjs';

const PLACEHOLDER = /^[0-]*$/;

/**
 * Finds what the owner has to do before a deployment, without any network access.
 * @returns {Promise<string[]>} sentences; empty if the configuration is complete
 */
export async function checkDeployment() {
  const missing = [];
  const { rawConfig: worker } = experimental_readRawConfig({ config: join(ROOT, 'wrangler.toml') });
  const { rawConfig: viewer } = experimental_readRawConfig({ config: join(ROOT, 'viewer/wrangler.toml') });

  const database = worker.d1_databases?.[0];
  if (!database?.database_id || PLACEHOLDER.test(database.database_id)) {
    missing.push(
      'wrangler.toml: database_id is the placeholder. `npm run deploy -- --create` makes the database and writes its id.',
    );
  }
  const bound = viewer.services?.[0]?.service;
  if (bound !== worker.name) {
    missing.push(`viewer/wrangler.toml binds to "${bound}", but the Worker's name is "${worker.name}".`);
  }
  if (readdirSync(join(ROOT, 'migrations')).every((name) => !name.endsWith('.sql'))) {
    missing.push('migrations/ contains no migration.');
  }
  const tooLarge = largeFiles(join(ROOT, 'viewer/dist'));
  if (tooLarge.length > 0) missing.push(`Pages accepts files of at most 25 MiB: ${tooLarge.join(', ')}.`);
  return missing;
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
