import { parseArgs } from 'node:util';
import { JURISDICTIONS } from '../deploy/create.mjs';
import { checkedName } from './names.mjs';

/** The text of `npm run archives -- --help`. */
export const USAGE = `npm run archives -- list
npm run archives -- add NAME [--jurisdiction ${JURISDICTIONS.join('|')}] [--own-bucket] [--dry-run]
npm run archives -- grow [NAME] [--dry-run]
npm run archives -- retire NAME [--dry-run]
npm run archives -- move --help          moves studies from one database of an archive to another

  add                creates the archive's database, writes it into wrangler.toml, migrates and deploys; can be run again
  grow               adds a database to the archive, or to the deployment's own, and deploys; there is no downtime
  retire             takes the archive out of wrangler.toml and deploys; its data stays
  --jurisdiction J   where its data is kept; it cannot be changed later. Absent: where the deployment's own bucket is
  --own-bucket       a bucket for this archive alone; absent: a prefix of the deployment's bucket. An archive of another
                     jurisdiction than the deployment's bucket always has a bucket of its own
  --dry-run          shows what would be done, and does nothing`;

/**
 * @typedef {object} Options
 * @property {'list' | 'add' | 'grow' | 'retire'} action
 * @property {string} name empty for list
 * @property {import('../deploy/create.mjs').Jurisdiction | undefined} jurisdiction
 * @property {boolean} ownBucket
 * @property {boolean} dryRun
 */

/** @param {string[]} args @returns {Options | 'help'} */
export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      jurisdiction: { type: 'string' },
      'own-bucket': { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const [action, name, more] = positionals;
  if (action !== 'list' && action !== 'add' && action !== 'grow' && action !== 'retire') {
    throw new Error('Say what to do: list, add, grow, retire or move.');
  }
  const isNamed = action === 'add' || action === 'retire';
  if (isNamed && name === undefined) throw new Error(`${action} needs the name of the archive.`);
  const surplus = action === 'list' ? name : more;
  if (surplus !== undefined) throw new Error(`"${surplus}" is one argument too many.`);
  if (action !== 'add' && (values.jurisdiction !== undefined || values['own-bucket'])) {
    throw new Error('--jurisdiction and --own-bucket belong to add.');
  }
  const jurisdiction = JURISDICTIONS.find((each) => each === values.jurisdiction?.toLowerCase());
  if (values.jurisdiction !== undefined && jurisdiction === undefined) {
    throw new Error(`--jurisdiction must be one of ${JURISDICTIONS.join(', ')}.`);
  }
  return {
    action,
    name: nameOf(action, name),
    jurisdiction,
    ownBucket: values['own-bucket'],
    dryRun: values['dry-run'],
  };
}

/** @param {Options['action']} action @param {string | undefined} name */
function nameOf(action, name) {
  if (action === 'grow' && (name === undefined || name === 'default')) return 'default';
  return name === undefined ? '' : checkedName(name);
}
