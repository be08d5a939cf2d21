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
  return { root: rootOf(base, archive), credential: String(key ?? env.DICOMWEB_KEY ?? '') };
}

/**
 * The root of an archive's URLs. A path of --base counts: without it, a command would work on another archive than the one that was named.
 * @param {unknown} base an address, or one that ends with /dicomweb
 * @param {unknown} archive
 * @returns {string} without a slash at its end
 * @throws Error when it is no such address
 */
export function rootOf(base, archive) {
  if (typeof base !== 'string' || !URL.canParse(base) || !/^https?:/.test(base)) {
    throw new Error('--base needs a URL such as https://pacs.example.org.');
  }
  const { protocol, hostname, origin, pathname } = new URL(base);
  if (protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) {
    throw new Error('--base must be an https URL, so that images and keys are not sent in the clear.');
  }
  const path = pathname.replace(/\/+$/, '').replace(/\/dicomweb$/, '');
  if (archive === undefined) return origin + path;
  if (path !== '') throw new Error('--archive needs a --base without a path.');
  return `${origin}/archives/${encodeURIComponent(String(archive))}`;
}
