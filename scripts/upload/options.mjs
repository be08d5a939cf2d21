import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rootOf } from '../support/named-archive.mjs';
import { ROOT } from '../support/paths.mjs';

/** The text of `npm run upload -- --help`. */
export const USAGE = `npm run upload -- DIR|FILE... --base URL [--key KEY] [--archive NAME]

Stores DICOM files, and those in ZIP files, in the archive at URL. Files are recognised by their bytes; others are left out.
Files that the archive already has are not sent. After an interruption (also by ^C), run the same command again: it continues.

  --base URL      the archive, such as https://pacs.example.org
  --key KEY       of a key or token with the permission "store"; better in the variable DICOMWEB_KEY
  --archive NAME  an archive of the deployment other than the default one
  --dry-run       looks at the files, and sends nothing
  --json          prints the report as JSON: the outcome of every file
  --state FILE    keeps the progress of large files; absent: a file in .cache

Links to folders are followed; no folder is read twice.

Exit status: 0 all files are stored; 1 some files are not, or could not be read, and the report says why; 2 the command is wrong;
3 the archive did not answer, or refused the key: run the same command again to continue; 130 interrupted.`;

/**
 * @typedef {object} Options
 * @property {string[]} paths absolute
 * @property {string} root the DICOMweb root
 * @property {string} key empty: none
 * @property {boolean} isDryRun
 * @property {boolean} isJSON
 * @property {string} stateFile
 */

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Options | 'help'} throws when the command is wrong
 */
export function readOptions(args, env) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      base: { type: 'string' },
      key: { type: 'string' },
      archive: { type: 'string' },
      state: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (positionals.length === 0) throw new Error('Say which files or folders to upload.');
  // npm runs scripts in the project's folder, but the user means the current folder of the shell.
  const here = env.INIT_CWD ?? process.cwd();
  const paths = positionals.map((path) => resolve(here, path));
  const root = `${rootOf(values.base, values.archive)}/dicomweb`;
  const name = createHash('sha256')
    .update(JSON.stringify([root, ...paths]))
    .digest('hex')
    .slice(0, 16);
  return {
    paths,
    root,
    key: values.key ?? env.DICOMWEB_KEY ?? '',
    isDryRun: values['dry-run'],
    isJSON: values.json,
    stateFile:
      values.state === undefined ? resolve(ROOT, '.cache', 'uploads', `${name}.json`) : resolve(here, values.state),
  };
}
