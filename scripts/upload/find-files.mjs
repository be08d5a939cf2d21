import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, sep } from 'node:path';

/** @typedef {import('../../viewer/upload/files/look.mjs').LeftOut} LeftOut */
/** @typedef {string | Buffer} Path absolute; a Buffer, because the name of a file need not be UTF-8 */
/** @typedef {{ path: string, file: Path }} Found `path`: to be shown */

/**
 * Finds all files at and below paths. A link to a folder is followed, and no folder is read twice.
 * @param {readonly string[]} paths absolute
 * @returns {Promise<{ found: Found[], unread: LeftOut[] }>} `found` in the order of their names, and then those behind links; `unread`: the
 * folders that cannot be read. Rejects when one of the paths is not there
 */
export async function findFiles(paths) {
  const walk = new Walk(paths);
  for (const path of paths) {
    if ((await stat(path)).isDirectory()) await walk.folder(Buffer.from(path), basename(path));
    else walk.found.push({ path: basename(path), file: path });
  }
  // Last, so that a folder that was chosen itself is shown under its own name.
  for (const link of walk.links) await walk.follow(link);
  return walk;
}

class Walk {
  /** @type {Found[]} */
  found = [];
  /** @type {LeftOut[]} */
  unread = [];
  /** Links to folders that were found. @type {{ path: string, file: Buffer }[]} */
  links = [];
  /** The folders that were read. @type {Set<string>} */
  seen = new Set();

  /** @param {readonly string[]} chosen */
  constructor(chosen) {
    this.chosen = chosen;
  }

  /** @param {Buffer} file @param {string} path */
  async folder(file, path) {
    const entries = await this.read(file).catch((error) => {
      this.unread.push({ path, size: 0, why: `The folder cannot be read (${error.code}).`, isUnread: true });
      return [];
    });
    for (const entry of entries.sort((one, other) => Buffer.compare(one.name, other.name))) {
      const each = { path: `${path}${sep}${shown(entry.name)}`, file: Buffer.concat([file, SEPARATOR, entry.name]) };
      if (entry.isDirectory()) await this.folder(each.file, each.path);
      else if (entry.isFile()) this.found.push(each);
      else if (entry.isSymbolicLink()) await this.link(each);
    }
  }

  /** The entries of a folder; none if it was read before. @param {Buffer} file */
  async read(file) {
    const { dev, ino } = await stat(file, { bigint: true });
    const id = `${dev} ${ino}`;
    if (this.seen.has(id)) return [];
    const entries = await readdir(file, { withFileTypes: true, encoding: 'buffer' });
    this.seen.add(id);
    return entries;
  }

  /** @param {{ path: string, file: Buffer }} link */
  async link(link) {
    const target = await stat(link.file).catch(() => undefined);
    if (target?.isDirectory()) this.links.push(link);
    // A link that leads nowhere is found, and cannot be read.
    else this.found.push(link);
  }

  /** @param {{ path: string, file: Buffer }} link to a folder */
  async follow({ path, file }) {
    const target = await realpath(file).catch(() => undefined);
    for (const each of target === undefined ? [] : this.chosen) {
      // Everything around what was chosen would be sent.
      const below = relative(/** @type {string} */ (target), await realpath(each));
      if (below === '' || below.split(sep)[0] === '..' || isAbsolute(below)) continue;
      const why = 'This link leads to a folder that contains what was chosen. It is not followed.';
      this.unread.push({ path, size: 0, why, isUnread: true });
      return;
    }
    await this.folder(file, path);
  }
}

const SEPARATOR = Buffer.from(sep);

/** A name in characters. A byte that is not UTF-8 is shown by its number. @param {Buffer} name */
function shown(name) {
  const text = name.toString('utf8');
  if (Buffer.from(text).equals(name)) return text;
  return name.toString('latin1').replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
}
