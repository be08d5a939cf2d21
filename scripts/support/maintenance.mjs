import { parseArgs } from 'node:util';
import { askArchive, notAnArchive } from './ask-archive.mjs';
import { ARCHIVE_OPTIONS, flagOptions, namedArchive } from './named-archive.mjs';
import { inWords } from './system-error.mjs';

/* What the commands have in common that repeat a request until a long piece of work is done. */

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} path of the work
 * @param {readonly string[]} flags further options without a value
 * @returns {{ url: string, credential: string, flags: ReadonlySet<string> } | 'help'}
 */
export function readPlace(args, env, path, flags) {
  const { values } = parseArgs({ args, options: { ...ARCHIVE_OPTIONS, ...flagOptions(flags) } });
  if (values.help) return 'help';
  const { root, credential } = namedArchive(values, env);
  const given = new Map(Object.entries(values));
  return { url: root + path, credential, flags: new Set(flags.filter((name) => given.get(name) === true)) };
}

/** Whether the archive has done a part of the work for this command. */
let hasBegun = false;

/**
 * One part of the work.
 * @param {{ url: string, credential: string }} place
 * @param {string} member of the answer, which says how far the work is
 * @param {object} body
 * @returns {Promise<any>} the answer
 */
export async function post({ url, credential }, member, body) {
  const answer = await askArchive(url, { method: 'POST', credential, body });
  if (answer?.[member] === undefined) throw notAnArchive(url);
  hasBegun = true;
  return answer;
}

/**
 * Runs a command. It exits with 2 when it could not finish.
 * @param {string} name
 * @param {() => Promise<void>} main
 */
export function run(name, main) {
  main().catch((error) => {
    console.error(`npm run ${name}: ${inWords(error)}`);
    if (hasBegun) console.error('Finished work is kept. Run the same command again to continue.');
    process.exitCode = 2;
  });
}
