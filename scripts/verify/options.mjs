import { parseArgs } from 'node:util';

/** The text of `npm run verify -- --help`. */
export const USAGE = `npm run verify -- --base URL [--key KEY] [--archive NAME] [--lengths-only] [--restart]

  --base URL       where the archive is
  --key KEY        the key or the token of an administrator; or in the variable DICOMWEB_KEY
  --archive NAME   an archive other than the default one
  --lengths-only   compares the lengths of the files, and reads none
  --restart        begins again, also when a verification is under way

It exits with 0 when there are no faults, 1 when there are, and 2 when it could not finish.`;

/**
 * @typedef {object} Options
 * @property {string} url
 * @property {string} credential empty: none
 * @property {boolean} digests
 * @property {boolean} restart
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
      base: { type: 'string' },
      key: { type: 'string' },
      archive: { type: 'string' },
      'lengths-only': { type: 'boolean', default: false },
      restart: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.base === undefined) throw new Error('--base says where the archive is.');
  const prefix = values.archive === undefined ? '' : `/archives/${encodeURIComponent(values.archive)}`;
  return {
    url: new URL(`${prefix}/verification`, values.base).href,
    credential: values.key ?? env.DICOMWEB_KEY ?? '',
    digests: !values['lengths-only'],
    restart: values.restart,
  };
}
