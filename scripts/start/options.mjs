import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkedName } from '../archives/names.mjs';
import { ROOT } from '../support/paths.mjs';

/** The text of `npm start -- --help`. */
export const USAGE = `npm start -- [--port N] [--data DIR] [--no-sample] [--login] [--archive NAME]... [--databases N] [--var NAME=VALUE]...

  --port N      where the viewer and the archive listen, on 127.0.0.1 alone (8787, or PORT)
  --data DIR    the folder that holds all state (.data); a new one is an empty archive
  --no-sample   leave an empty archive empty
  --login       people sign in, at a provider that is started on the port after N; its people are printed
  --archive     adds an archive beside the default one; the folder keeps it from then on
  --databases N the databases of the default archive (1); the folder keeps the number, which may grow later and not fall:
                new studies come to the last one. See "Several databases" in docs/operations.md
  --token-life S  seconds that the provider's access tokens live (60)
  --inspector   opens the runtime's inspector, for profilers
  --events      prints each event of the Worker's log, not only warnings and errors (docs/operations.md, "Log")
  --var         a setting of wrangler.toml's [vars], such as DUPLICATES=replace`;

/**
 * @typedef {object} Options
 * @property {number} port
 * @property {string} data an absolute path
 * @property {boolean} sample
 * @property {boolean} login
 * @property {number} tokenLife seconds
 * @property {string[]} archives to be added
 * @property {number | undefined} databases of the default archive; undefined: as many as the folder has
 * @property {boolean} inspector
 * @property {boolean} events
 * @property {Record<string, string>} vars
 */

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Options | 'help'}
 */
export function readOptions(args, env) {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: env.PORT || '8787' },
      data: { type: 'string' },
      'no-sample': { type: 'boolean', default: false },
      login: { type: 'boolean', default: false },
      archive: { type: 'string', multiple: true, default: [] },
      databases: { type: 'string' },
      'token-life': { type: 'string', default: '60' },
      inspector: { type: 'boolean', default: false },
      events: { type: 'boolean', default: false },
      var: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port < 1 || port > 65535) {
    throw new Error(`"${values.port}" is not a port number (1 to 65535).`);
  }
  const tokenLife = Number(values['token-life']);
  if (!(tokenLife >= 1)) throw new Error(`"${values['token-life']}" is not a number of seconds.`);
  if (values.databases !== undefined && !/^[1-9][0-9]?$/.test(values.databases)) {
    throw new Error(`"${values.databases}" is not a number of databases (1 to 99).`);
  }
  const databases = values.databases === undefined ? undefined : Number(values.databases);
  if (values.data === '') throw new Error('--data needs a folder.');
  // npm runs scripts in the project's folder, but the user means the current folder of the shell.
  const here = env.npm_lifecycle_event === 'start' && env.INIT_CWD ? env.INIT_CWD : process.cwd();
  const data = values.data === undefined ? resolve(ROOT, '.data') : resolve(here, values.data);
  const { login, inspector, events } = values;
  const archives = values.archive.map(checkedName);
  return {
    port,
    data,
    sample: !values['no-sample'],
    login,
    tokenLife,
    archives,
    databases,
    inspector,
    events,
    vars: readVars(values.var),
  };
}

/** @param {string[]} settings @returns {Record<string, string>} */
function readVars(settings) {
  return Object.fromEntries(
    settings.map((setting) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(setting) ?? [];
      if (name === undefined || value === undefined) throw new Error(`--var needs NAME=VALUE, not "${setting}".`);
      return [name, value];
    }),
  );
}
