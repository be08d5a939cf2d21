import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { namedArchive } from '../support/named-archive.mjs';

/** The text of `npm run keys -- --help`. */
export const USAGE = `npm run keys -- list
npm run keys -- create --name NAME --role ROLE [--role ROLE]... [--expires DATE] [--label LABEL]...
  [--most-bytes N] [--most-instances N]
npm run keys -- renew ID [--expires DATE] [--overlap-hours N]
npm run keys -- revoke ID

  --expires DATE     2027-01-31, a date and time (ISO 8601), or a number of days such as 90d; absent: a year from now
  --label LABEL      studies get it when the key stores their first instance. With --base
  --most-bytes N, --most-instances N
                     what the key may store in all; absent: as much as its roles may. With --base
  --overlap-hours N  for so long the old secret of a renewed key counts too; absent: it ends at once

Where the archive is, one of:
  --base URL         over HTTP, with the key or the token of an administrator: in the variable DICOMWEB_KEY, or --key KEY
  --remote           in the deployment's database, by wrangler and your Cloudflare account: for the first key. Not renew.
  --local DIR        in the database of a data folder of npm start; stop npm start first. Not renew.

  --archive NAME     with --base: an archive other than the default one
  --database NAME    with --remote and --local: the database of an archive other than the default one, as in wrangler.toml`;

/**
 * @typedef {object} Options
 * @property {'list' | 'create' | 'renew' | 'revoke'} action
 * @property {string} id of the key; empty for list and create
 * @property {string} name
 * @property {string[]} roles
 * @property {string | undefined} expires as the archive reads it
 * @property {number | undefined} overlapHours
 * @property {string[]} labels
 * @property {{ bytes?: number, instances?: number } | undefined} quota
 * @property {Place} place
 */

/**
 * @typedef {{ kind: 'http', keys: string, credential: string }
 *   | { kind: 'database', database: string, folder: string | undefined }} Place
 * `keys`: the URL of the keys; `folder`: the data folder, undefined for the deployment
 */

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Options | 'help'}
 */
export function readOptions(args, env) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      name: { type: 'string', default: '' },
      role: { type: 'string', multiple: true, default: [] },
      expires: { type: 'string' },
      label: { type: 'string', multiple: true, default: [] },
      'most-bytes': { type: 'string' },
      'most-instances': { type: 'string' },
      'overlap-hours': { type: 'string' },
      base: { type: 'string' },
      key: { type: 'string' },
      archive: { type: 'string' },
      local: { type: 'string' },
      remote: { type: 'boolean', default: false },
      database: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const [action, id = '', more] = positionals;
  if (action !== 'list' && action !== 'create' && action !== 'renew' && action !== 'revoke') {
    throw new Error('Say what to do: list, create, renew or revoke.');
  }
  const needsID = action === 'renew' || action === 'revoke';
  if (needsID ? !/^[0-9a-f]{16}$/.test(id) : id !== '') {
    throw new Error(
      needsID ? `${action} needs the id of a key: 16 digits, as list shows it.` : `${action} needs no id.`,
    );
  }
  if (more !== undefined) throw new Error(`"${more}" is one argument too many.`);
  if (action === 'create' && (values.name.trim() === '' || values.role.length === 0)) {
    throw new Error('create needs --name and at least one --role.');
  }
  const hours = values['overlap-hours'];
  if (hours !== undefined && !/^\d+$/.test(hours)) throw new Error('--overlap-hours needs a number of hours.');
  return {
    action,
    id,
    name: values.name.trim(),
    roles: values.role,
    expires: values.expires === undefined ? undefined : dateOf(values.expires),
    overlapHours: hours === undefined ? undefined : Number(hours),
    labels: values.label,
    quota: quotaOf(values['most-bytes'], values['most-instances']),
    place: placeOf(values, env),
  };
}

/** @param {string | undefined} bytes @param {string | undefined} instances */
function quotaOf(bytes, instances) {
  const limits = Object.entries({ bytes, instances }).filter(([, limit]) => limit !== undefined);
  if (!limits.every(([, limit]) => /^[1-9]\d*$/.test(limit ?? ''))) {
    throw new Error('--most-bytes and --most-instances need a whole number from 1 on.');
  }
  return limits.length === 0 ? undefined : Object.fromEntries(limits.map(([what, limit]) => [what, Number(limit)]));
}

/**
 * @param {{ base?: string, key?: string, archive?: string, local?: string, remote: boolean, database?: string }} values
 * @param {NodeJS.ProcessEnv} env
 * @returns {Place}
 */
function placeOf({ base, key, archive, local, remote, database = 'DB' }, env) {
  if ([base !== undefined, local !== undefined, remote].filter(Boolean).length !== 1) {
    throw new Error('Say where the archive is: --base, --remote or --local.');
  }
  if (base === undefined) {
    // npm runs scripts in the project's folder, but the user means the current folder of the shell.
    const here = env.INIT_CWD ?? process.cwd();
    return { kind: 'database', database, folder: local === undefined ? undefined : resolve(here, local) };
  }
  const { root, credential } = namedArchive({ base, key, archive }, env);
  return { kind: 'http', keys: `${root}/keys`, credential };
}

/** @param {string} text a date, a date and time, or days from now */
function dateOf(text) {
  const [, days] = /^(\d{1,4})d$/.exec(text) ?? [];
  if (days === undefined) return text;
  return new Date(Date.now() + Number(days) * 24 * 60 * 60 * 1000).toISOString();
}
