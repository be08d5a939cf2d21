/* How a command names the deployed archive that it works on. */

/** Of --help. */
export const ARCHIVE_USAGE = `  --base URL       where the archive is
  --key KEY        the key or the token of an administrator; or in the variable DICOMWEB_KEY
  --archive NAME   an archive other than the default one`;

const TEXT = { type: /** @type {const} */ ('string') };
const FLAG = { type: /** @type {const} */ ('boolean') };

/** For parseArgs. */
export const ARCHIVE_OPTIONS = { base: TEXT, key: TEXT, archive: TEXT, help: FLAG };

/**
 * For parseArgs: options without a value.
 * @param {readonly string[]} names
 * @returns {Record<string, typeof FLAG>}
 */
export function flagOptions(names) {
  return Object.fromEntries(names.map((name) => [name, FLAG]));
}

/**
 * @param {{ base?: unknown, key?: unknown, archive?: unknown }} given the values of ARCHIVE_OPTIONS
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ root: string, credential: string }} root: of the archive's URLs, without a slash at its end
 */
export function namedArchive({ base, key, archive }, env) {
  if (typeof base !== 'string' || !URL.canParse(base)) throw new Error('--base is the URL of the archive.');
  const prefix = archive === undefined ? '' : `/archives/${encodeURIComponent(String(archive))}`;
  return { root: new URL(base).origin + prefix, credential: String(key ?? env.DICOMWEB_KEY ?? '') };
}
