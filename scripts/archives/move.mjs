/**
 * `npm run archives -- move`: orders a deployed archive, over HTTP, to move studies between its databases, and shows
 * the progress.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { askArchive } from '../support/ask-archive.mjs';
import { counted } from '../support/counted.mjs';
import { ARCHIVE_OPTIONS, ARCHIVE_USAGE, flagOptions, namedArchive } from '../support/named-archive.mjs';

/** The text of `npm run archives -- move --help`. */
export const MOVE_USAGE = `npm run archives -- move --base URL --to N (--from N --count N | --study UID ...) [--key KEY] [--archive NAME] [--no-wait]
npm run archives -- move --base URL --status | --stop [--key KEY] [--archive NAME]

  --to N           the number of the database to which the studies move
  --from N         the number of the database that they leave; the studies that arrived first move first
  --count N        how many studies; those that were changed in the last hour stay
  --study UID      a study, in place of --from and --count; may be given several times
  --no-wait        only gives the order; the archive carries it out in the background
  --status         shows the progress of the order
  --stop           begins no further studies; studies that have begun to move arrive
${ARCHIVE_USAGE}

About 1,200 studies an hour move. No answer of the archive changes meanwhile. You may end the command at any time: the archive
continues.`;

/** Milliseconds between two looks. */
const LOOK_MS = 10_000;

/**
 * @typedef {object} MoveOptions
 * @property {string} url
 * @property {string} credential
 * @property {object | undefined} order undefined: only looks
 * @property {boolean} wait
 */

/** @param {string[]} args after `move` @param {NodeJS.ProcessEnv} env @returns {MoveOptions | 'help'} */
export function readMoveOptions(args, env) {
  const { values } = parseArgs({
    args,
    options: {
      ...ARCHIVE_OPTIONS,
      to: { type: 'string' },
      from: { type: 'string' },
      count: { type: 'string' },
      study: { type: 'string', multiple: true },
      ...flagOptions(['no-wait', 'status', 'stop']),
    },
  });
  const given = /** @type {Record<string, string | boolean | string[] | undefined>} */ (values);
  if (given.help) return 'help';
  const { root, credential } = namedArchive(given, env);
  return {
    url: `${root}/moves`,
    credential,
    order: given.status ? undefined : given.stop ? { stop: true } : orderOf(given),
    wait: !given['no-wait'] && !given.status && !given.stop,
  };
}

/** @param {Record<string, string | boolean | string[] | undefined>} given */
function orderOf({ to, from, count, study }) {
  const number = (/** @type {unknown} */ value, /** @type {string} */ name) => {
    if (typeof value !== 'string' || !/^[1-9][0-9]*$/.test(value)) throw new Error(`--${name} is a number, 1 or more.`);
    return Number(value);
  };
  if (study !== undefined) {
    if (from !== undefined || count !== undefined) throw new Error('--study takes the place of --from and --count.');
    return { to: number(to, 'to'), studies: study };
  }
  return { to: number(to, 'to'), from: number(from, 'from'), count: number(count, 'count') };
}

/** @param {MoveOptions} options @param {(line: string) => void} say */
export async function moveStudies({ url, credential, order, wait }, say) {
  for (let body = order; ; body = undefined) {
    const { moves, databases } = await askArchive(url, {
      method: body === undefined ? 'GET' : 'POST',
      credential,
      ...(body && { body }),
    });
    if (moves === null)
      return say(`No studies were ordered to move. The archive has ${counted(databases, 'database')}.`);
    const { moved, underWay, remaining, skipped, finishedAt } = moves;
    say(`${moved} moved, ${underWay} on their way, ${remaining} to come, ${skipped} left where they are`);
    if (finishedAt !== null || !wait) return;
    await pause(LOOK_MS);
  }
}
