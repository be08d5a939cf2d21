import { parseArgs } from 'node:util';
import { COMMON_USAGE } from '../support/maintenance.mjs';

export { COMMON_USAGE };

/**
 * @typedef {object} Options
 * @property {string} root of the archive's URLs, without a slash at its end
 * @property {string} credential
 * @property {string} folder
 * @property {number} parallel objects that are on their way at the same time
 * @property {ReadonlySet<string>} flags
 */

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {'to' | 'from'} folder the option that names the folder of the backup
 * @param {readonly string[]} flags further options without a value
 * @returns {Options | 'help'}
 */
export function readOptions(args, env, folder, flags) {
  const { values } = parseArgs({
    args,
    options: {
      base: { type: 'string' },
      key: { type: 'string' },
      archive: { type: 'string' },
      parallel: { type: 'string' },
      [folder]: { type: 'string' },
      ...Object.fromEntries(['help', ...flags].map((name) => [name, { type: /** @type {const} */ ('boolean') }])),
    },
  });
  const given = /** @type {Record<string, string | boolean | undefined>} */ (values);
  if (given.help) return 'help';
  const { base, key, archive } = given;
  const path = given[folder];
  if (typeof base !== 'string' || !URL.canParse(base)) throw new Error('--base is the URL of the archive.');
  if (typeof path !== 'string' || path === '') throw new Error(`--${folder} is the folder of the backup.`);
  const parallel = Number(given.parallel ?? 4);
  if (!(Number.isInteger(parallel) && parallel >= 1 && parallel <= 32))
    throw new Error('--parallel is a number from 1 to 32.');
  const prefix = archive === undefined ? '' : `/archives/${encodeURIComponent(String(archive))}`;
  return {
    root: new URL(base).origin + prefix,
    credential: String(key ?? env.DICOMWEB_KEY ?? ''),
    folder: path,
    parallel,
    flags: new Set(flags.filter((name) => given[name] === true)),
  };
}
