import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { kindOf, OBJECT_KINDS } from '../../src/archive/object-keys.ts';
import { unlessMissing } from '../support/missing.mjs';
import { StudyLists } from './study-lists.mjs';

/** @typedef {{ key: string, byteLength: number, sha256: string }} Entry an object in the backup */
/** @typedef {{ key: string, missing: true }} MissingEntry an object that the archive names and does not have */

/** The characters that a key may have: it becomes the name of a file. */
const KEY = /^[a-z-]+(\/[0-9A-Za-z][\w.-]*)*$/;

/**
 * A folder with the backup of one archive:
 *   backup.json                            the id of the archive
 *   objects/<key>                          the archive's objects under their keys; they never change
 *   studies/<study>/<snapshot>.<digest>.jsonl   the objects of a study in one state; the digest is that of this file
 *   runs/<time>.jsonl                      the result of a run: its studies with their states, and the digest of the run before
 * Each file is written under another name, synced, and then renamed, so every file that exists is complete.
 */
export class BackupFolder {
  /** @param {string} path */
  constructor(path) {
    this.path = path;
    this.lists = new StudyLists(this);
  }

  /**
   * Makes the folder, or looks whether it belongs to the archive.
   * @param {string} archiveID
   */
  async begin(archiveID) {
    await rm(join(this.path, 'partial'), { recursive: true, force: true });
    const known = await this.archiveID();
    if (known === undefined) await this.write('backup.json', `${JSON.stringify({ format: 1, archiveID })}\n`);
    else if (known !== archiveID) throw new Error(`${this.path} holds the backup of another archive (${known}).`);
  }

  /** @returns {Promise<string | undefined>} undefined: the folder holds no backup */
  async archiveID() {
    const path = join(this.path, 'backup.json');
    return existsSync(path) ? JSON.parse(await readFile(path, 'utf8')).archiveID : undefined;
  }

  /** @param {string} key @returns {string} the path of an object */
  pathOf(key) {
    if (!KEY.test(key) || kindOf(key) === undefined)
      throw new Error(`The archive names an object that no archive has: ${JSON.stringify(key)}`);
    return join(this.path, 'objects', key);
  }

  /** The length of an object in the backup; undefined: it is not there. @param {string} key */
  async byteLength(key) {
    return (await stat(this.pathOf(key)).catch(() => undefined))?.size;
  }

  /** @param {string} key @returns {Promise<Entry | undefined>} its length and digest, from its bytes */
  async look(key) {
    if ((await this.byteLength(key)) === undefined) return undefined;
    const hash = createHash('sha256');
    let byteLength = 0;
    for await (const chunk of createReadStream(this.pathOf(key))) {
      hash.update(chunk);
      byteLength += chunk.length;
    }
    return { key, byteLength, sha256: hash.digest('hex') };
  }

  /**
   * Writes an object, if it is the right one.
   * @param {string} key
   * @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} body
   * @param {(entry: Entry, path: string) => Promise<boolean>} isRight path: where its bytes are until it is known
   * @returns {Promise<Entry | undefined>} undefined: it is not
   */
  async keep(key, body, isRight) {
    const hash = createHash('sha256');
    let byteLength = 0;
    let kept = false;
    const done = await this.atomically(
      join('objects', key),
      async (file, partial) => {
        for await (const chunk of body) {
          hash.update(chunk);
          byteLength += chunk.length;
          await file.writeFile(chunk);
        }
        const entry = { key, byteLength, sha256: hash.digest('hex') };
        kept = await isRight(entry, partial);
        return entry;
      },
      () => kept,
    );
    return kept ? done : undefined;
  }

  /** The names of the runs that have ended, oldest first. @returns {Promise<string[]>} */
  async runs() {
    const names = await unlessMissing(readdir(join(this.path, 'runs')), []);
    return names.filter((name) => /^[0-9]{14}\.jsonl$/.test(name)).sort();
  }

  /** SHA-256 of a run's file. @param {string} name */
  async digestOfRun(name) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(this.path, 'runs', name))) hash.update(chunk);
    return hash.digest('hex');
  }

  /** @param {string} name @returns {AsyncGenerator<any>} its lines, as far as they are not damaged */
  async *linesOfRun(name) {
    for await (const line of this.textOfRun(name)) {
      const value = parsed(line);
      if (value !== undefined) yield value;
    }
  }

  /** @param {string} name */
  textOfRun(name) {
    const input = createReadStream(join(this.path, 'runs', name));
    return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  }

  /**
   * Writes a run: it is there when all of its lines are. Its last line has the digest of those before it.
   * @param {number} startedAt milliseconds since 1970
   * @param {(add: (line: object) => Promise<void>) => Promise<object>} work adds lines, and gives the last one
   */
  async keepRun(startedAt, work) {
    const name = `${String(startedAt).padStart(14, '0')}.jsonl`;
    await this.atomically(join('runs', name), async (file) => {
      const hash = createHash('sha256');
      // One after the other: the lines of studies that are copied at the same time must not mix.
      let written = Promise.resolve();
      /** @param {object} line */
      const add = (line) => {
        const text = `${JSON.stringify(line)}\n`;
        written = written.then(() => {
          hash.update(text);
          return file.writeFile(text);
        });
        return written;
      };
      const last = await work(add);
      await written;
      await file.writeFile(`${JSON.stringify({ ...last, digest: hash.digest('hex') })}\n`);
    });
  }

  /**
   * The number of a run's studies, if the run is as it was written. Runs of earlier releases have no digest: of them, the studies
   * are counted.
   * @param {string} name
   * @returns {Promise<number | undefined>} undefined: it is damaged
   */
  async studiesOfRun(name) {
    const hash = createHash('sha256');
    let last = '';
    let counted = 0;
    for await (const line of this.textOfRun(name)) {
      if (last !== '') hash.update(`${last}\n`);
      if (last.startsWith('{"study":')) counted += 1;
      last = line;
    }
    const { finishedAt, studies, digest } = parsed(last) ?? {};
    if (typeof finishedAt !== 'number') return undefined;
    const isWhole = digest === undefined ? counted === studies : digest === hash.digest('hex');
    return isWhole ? counted : undefined;
  }

  /** What the lines of a run would say of the newest state of each study that the folder has. @returns {AsyncGenerator<any>} */
  async *linesOfFolder() {
    for (const study of (await unlessMissing(readdir(join(this.path, 'studies')), [])).sort()) {
      const list = await this.lists.best(study);
      if (list !== undefined) yield { study, ...list };
    }
    for (const [kind, { backup }] of Object.entries(OBJECT_KINDS)) {
      if (backup !== 'each') continue;
      for (const key of await this.keysUnder(kind)) yield await this.look(key);
    }
  }

  /** The keys of the objects in the folder that begin with a prefix, which ends at a slash or at the end of a key. @param {string} prefix */
  async keysUnder(prefix) {
    const folder = join(this.path, 'objects', prefix);
    const names = await unlessMissing(readdir(folder, { recursive: true, withFileTypes: true }), undefined);
    if (names === undefined) return existsSync(folder) ? [prefix] : [];
    return names
      .filter((file) => file.isFile())
      .map((file) => relative(join(this.path, 'objects'), join(file.parentPath, file.name)).replaceAll('\\', '/'))
      .sort();
  }

  /** @param {string} name @param {string} text */
  async write(name, text) {
    await this.atomically(name, (file) => file.writeFile(text));
  }

  /**
   * @template Result
   * @param {string} name
   * @param {(file: import('node:fs/promises').FileHandle, partial: string) => Promise<Result>} work partial: the path that it has meanwhile
   * @param {() => boolean} [counts] whether the file is kept
   */
  async atomically(name, work, counts = () => true) {
    const partial = join(this.path, 'partial', randomUUID());
    await mkdir(dirname(partial), { recursive: true });
    const file = await open(partial, 'wx');
    try {
      const result = await work(file, partial);
      await file.sync();
      await file.close();
      if (!counts()) return result;
      const path = join(this.path, name);
      await mkdir(dirname(path), { recursive: true });
      await rename(partial, path);
      return result;
    } finally {
      await file.close().catch(() => undefined);
      await rm(partial, { force: true });
    }
  }
}

/** @param {string} line @returns {any} undefined: it is no JSON object */
function parsed(line) {
  try {
    return JSON.parse(line) ?? undefined;
  } catch {
    return undefined;
  }
}
