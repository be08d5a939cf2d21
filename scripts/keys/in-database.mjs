import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { digestOfKey, newKeyID, newKeyText } from '../../src/access/key-text.ts';
import { tableOf } from '../archives/table.mjs';
import { claimDataFolder } from '../start/data-folder.mjs';
import { wranglerEnvironment } from '../start/environment.mjs';
import { ROOT } from '../support/paths.mjs';
import { runWrangler } from '../support/wrangler.mjs';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Keys directly in the database, for the first administrator. The secret is made here; only its digest goes to the database.
 * @param {{ database: string, folder: string | undefined }} place
 * @returns {import('./keys.mjs').Keys}
 */
export function keysInDatabase(place) {
  const run = (/** @type {string} */ sql) => execute(place, sql);
  return {
    async list() {
      const rows = await run('SELECT * FROM api_key ORDER BY created_at DESC LIMIT 1000');
      return rows.map((row) => ({
        id: String(row.id),
        name: String(row.name),
        roles: JSON.parse(String(row.roles)),
        expires: iso(row.expires_at),
        ...(row.last_used_at !== null && { lastUsed: iso(row.last_used_at) }),
        ...(row.revoked_at !== null && { revoked: iso(row.revoked_at) }),
      }));
    },
    async create({ name, roles, expires, labels, quota }) {
      if (labels.length > 0 || quota !== undefined)
        throw new Error('Labels and quotas can be given only over HTTP: use --base.');
      const known = rolesOf(place);
      const unknown = roles.find((role) => !known.includes(role));
      if (unknown !== undefined) {
        const others = known.length === 0 ? 'It has none yet.' : `It has ${known.join(', ')}.`;
        throw new Error(`The setting ROLES has no role "${unknown}": the key could do nothing. ${others}`);
      }
      const [id, key, now] = [newKeyID(), newKeyText(), Date.now()];
      const expiresAt = expires === undefined ? now + 365 * DAY_MS : timeOf(expires);
      if (!(expiresAt > now)) throw new Error('--expires needs a date in the future.');
      if (/\p{Cc}/u.test(name)) throw new Error('--name needs a text on one line.');
      await run(
        `INSERT INTO api_key (id, name, roles, created_at, created_by, expires_at)
         VALUES ('${id}', ${quoted(name)}, ${quoted(JSON.stringify(roles))}, ${now}, 'operator', ${expiresAt});
         INSERT INTO api_key_secret (digest, key_id) VALUES ('${await digestOfKey(key)}', '${id}');`,
      );
      return { id, name, roles, expires: iso(expiresAt), key };
    },
    async renew() {
      throw new Error('A key can be renewed only over HTTP: use --base.');
    },
    async revoke(id) {
      const rows = await run(
        `UPDATE api_key SET revoked_at = coalesce(revoked_at, ${Date.now()}) WHERE id = ${quoted(id)} RETURNING id`,
      );
      if (rows.length === 0) throw new Error('There is no such key.');
    },
  };
}

/** The names of the roles of the deployment, or of the archive of a data folder. @param {{ folder: string | undefined }} place */
function rolesOf({ folder }) {
  const { vars } =
    folder === undefined
      ? experimental_readRawConfig({ config: join(ROOT, 'wrangler.toml') }).rawConfig
      : JSON.parse(readFileSync(configOf(folder), 'utf8'));
  return Object.keys(tableOf(vars?.ROLES));
}

/** The configuration of the archive of a data folder. @param {string} folder */
function configOf(folder) {
  const config = join(folder, 'worker.json');
  if (!existsSync(config)) throw new Error(`${folder} is not a data folder of npm start.`);
  return config;
}

/**
 * @param {{ database: string, folder: string | undefined }} place
 * @param {string} sql
 * @returns {Promise<Record<string, unknown>[]>} the rows of the last statement
 */
async function execute({ database, folder }, sql) {
  const command = ['d1', 'execute', database, '--json', '--yes', '--command', sql];
  if (folder === undefined) return rowsOf(await runWrangler([...command, '--remote'], { cwd: ROOT }));
  const config = configOf(folder);
  const release = await claimDataFolder(folder, 0);
  try {
    const local = ['--local', '--persist-to', folder, '--config', config];
    return rowsOf(await runWrangler([...command, ...local], { cwd: folder, env: wranglerEnvironment(folder) }));
  } finally {
    release();
  }
}

/** Reads what wrangler prints: lines of its own, then a JSON array with an element for each statement. @param {string} output */
function rowsOf(output) {
  const start = output.search(/^\[/m);
  if (start < 0) throw new Error(`wrangler did not answer:\n${output}`);
  return JSON.parse(output.slice(start, output.lastIndexOf(']') + 1)).at(-1)?.results ?? [];
}

/** A text in SQL. @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The end of a day, or a date and time. @param {string} text */
function timeOf(text) {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) + DAY_MS : Date.parse(text);
}

/** @param {unknown} time */
function iso(time) {
  return new Date(Number(time)).toISOString();
}
