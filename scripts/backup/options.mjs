import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ARCHIVE_OPTIONS, flagOptions, namedArchive } from '../support/named-archive.mjs';

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
      ...ARCHIVE_OPTIONS,
      parallel: { type: 'string' },
      [folder]: { type: 'string' },
      ...flagOptions(flags),
    },
  });
  const given = /** @type {Record<string, string | boolean | undefined>} */ (values);
  if (given.help) return 'help';
  const archive = namedArchive(given, env);
  const path = given[folder];
  if (typeof path !== 'string' || path === '') throw new Error(`--${folder} is the folder of the backup.`);
  const parallel = Number(given.parallel ?? 4);
  if (!(Number.isInteger(parallel) && parallel >= 1 && parallel <= 32))
    throw new Error('--parallel is a number from 1 to 32.');
  return {
    ...archive,
    // npm runs scripts in the project's folder, but the user means the current folder of the shell.
    folder: resolve(env.INIT_CWD ?? process.cwd(), path),
    parallel,
    flags: new Set(flags.filter((name) => given[name] === true)),
  };
}
