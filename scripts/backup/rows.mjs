import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Whether an object has rows of a study: no other rows name its length and digest. @param {string} key */
export function isOfRows(key) {
  return key.startsWith('index/');
}

/** Whether an entry is of rows, and has none. @param {import('./backup-folder.mjs').Entry} entry */
export function isNothing({ key, byteLength }) {
  return isOfRows(key) && byteLength === 0;
}

/**
 * The keys of objects whose upload began before the UIDs of their instance were known, and whose version rows name.
 * @param {string} path of a copy of rows that is whole @param {readonly string[]} unfiled the keys of all such objects
 * @returns {Promise<string[]>}
 */
export async function unfiledOf(path, unfiled) {
  const text = String(await promisify(gunzip)(await readFile(path)));
  const words = new Set(text.match(/\bu[0-9a-f]{32}\b/g));
  return unfiled.filter((key) => words.has(key.slice(key.indexOf('/') + 1).replace(/\..*$/, '')));
}

/** Whether a copy of rows is whole: gzip has a check sum. Digests decide for other objects.  @param {string} key @param {string} path */
export async function isSound(key, path) {
  if (!isOfRows(key)) return true;
  return await promisify(gunzip)(await readFile(path)).then(
    () => true,
    () => false,
  );
}
