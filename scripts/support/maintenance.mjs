import { parseArgs } from 'node:util';

/* What the commands have in common that repeat a request until a long piece of work is done. */

/** The options of all of them. */
export const COMMON_USAGE = `  --base URL       where the archive is
  --key KEY        the key or the token of an administrator; or in the variable DICOMWEB_KEY
  --archive NAME   an archive other than the default one`;

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} path of the work
 * @param {readonly string[]} flags further options without a value
 * @returns {{ url: string, credential: string, flags: ReadonlySet<string> } | 'help'}
 */
export function readPlace(args, env, path, flags) {
  const { values } = parseArgs({
    args,
    options: {
      base: { type: 'string' },
      key: { type: 'string' },
      archive: { type: 'string' },
      ...Object.fromEntries(['help', ...flags].map((name) => [name, { type: /** @type {const} */ ('boolean') }])),
    },
  });
  if ('help' in values && values.help) return 'help';
  if (typeof values.base !== 'string' || !URL.canParse(values.base))
    throw new Error('--base is the URL of the archive.');
  const prefix = values.archive === undefined ? '' : `/archives/${encodeURIComponent(String(values.archive))}`;
  return {
    url: new URL(`${prefix}${path}`, values.base).href,
    credential: String(values.key ?? env.DICOMWEB_KEY ?? ''),
    flags: new Set(flags.filter((name) => Object.entries(values).some(([key, value]) => key === name && value))),
  };
}

/** Whether the archive has done a part of the work for this command. */
let hasBegun = false;

/**
 * One part of the work.
 * @param {{ url: string, credential: string }} place
 * @param {object} [body]
 * @returns {Promise<any>} the answer
 */
export async function post({ url, credential }, body) {
  const response = await fetch(url, {
    method: 'POST',
    // The archive does not redirect. Another server must not get the key.
    redirect: 'error',
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(credential && { Authorization: `Bearer ${credential}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Error(`No answer from ${new URL(url).origin}.`);
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The archive answers ${response.status}: ${detailOf(text)}`);
  hasBegun = true;
  return JSON.parse(text);
}

/** What an answer says in words (RFC 9457), or its beginning. @param {string} text */
export function detailOf(text) {
  try {
    return String(JSON.parse(text).detail);
  } catch {
    return text.slice(0, 500);
  }
}

/**
 * Runs a command. It exits with 2 when it could not finish.
 * @param {string} name
 * @param {() => Promise<void>} main
 */
export function run(name, main) {
  main().catch((error) => {
    console.error(`npm run ${name}: ${error instanceof Error ? error.message : error}`);
    if (hasBegun) console.error('What was done is kept: the same command goes on from there.');
    process.exitCode = 2;
  });
}
