import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from '../support/missing.mjs';
import { isNothing } from './rows.mjs';

/** @typedef {import('./backup-folder.mjs').Entry} Entry */
/** @typedef {import('./backup-folder.mjs').MissingEntry} MissingEntry */

/** The lists of a backup's folder: the objects that each study had in each state. */
export class StudyLists {
  /** @param {import('./backup-folder.mjs').BackupFolder} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /**
   * The lists of a study's objects in one state. There are several when a run has healed what an earlier one could not copy.
   * @param {string} study
   * @param {string} [snapshot] undefined: the newest
   * @returns {Promise<{ snapshot: string, list: string }[]>} list: its digest
   */
  async of(study, snapshot) {
    const names = await unlessMissing(readdir(join(this.folder.path, 'studies', study)), []);
    const lists = names.sort().flatMap((name) => {
      const [, of, list] = /^([0-9]+-[0-9a-f]+)\.([0-9a-f]{64})\.jsonl$/.exec(name) ?? [];
      return of === undefined || list === undefined ? [] : [{ snapshot: of, list }];
    });
    const wanted = snapshot ?? lists.at(-1)?.snapshot;
    return lists.filter((each) => each.snapshot === wanted);
  }

  /**
   * The objects of a study in the newest state that the folder has, by their keys.
   * @param {string} study
   * @returns {Promise<Map<string, Entry>>}
   */
  async known(study) {
    /** @type {Map<string, Entry>} */
    const known = new Map();
    for (const list of await this.of(study)) {
      for (const entry of (await this.entries(study, list)) ?? []) {
        if ('missing' in entry || isNothing(entry)) continue;
        const other = known.get(entry.key);
        const isBetter =
          other === undefined ||
          (other.sha256 !== entry.sha256 && (await this.folder.byteLength(entry.key)) === entry.byteLength);
        if (isBetter) known.set(entry.key, entry);
      }
    }
    return known;
  }

  /**
   * @param {string} study
   * @param {{ snapshot: string, list: string }} of
   * @returns {Promise<(Entry | MissingEntry)[] | undefined>} undefined: the list is missing or damaged
   */
  async entries(study, { snapshot, list }) {
    const text = await readFile(join(this.folder.path, 'studies', study, `${snapshot}.${list}.jsonl`)).catch(
      () => undefined,
    );
    if (text === undefined || createHash('sha256').update(text).digest('hex') !== list) return undefined;
    return linesOf(text.toString('utf8'));
  }

  /**
   * @param {string} study
   * @param {string} snapshot
   * @param {readonly (Entry | MissingEntry)[]} entries
   * @returns {Promise<string>} the digest of the list
   */
  async keep(study, snapshot, entries) {
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    const list = createHash('sha256').update(text).digest('hex');
    await this.folder.write(join('studies', study, `${snapshot}.${list}.jsonl`), text);
    return list;
  }

  /**
   * Finds a list whose objects are all in the folder, with their lengths. The bytes are not read.
   * @param {string} study
   * @param {string} [snapshot] undefined: the newest
   * @returns {Promise<{ snapshot: string, list: string } | undefined>}
   */
  async whole(study, snapshot) {
    for (const list of await this.of(study, snapshot)) if (await this.isWhole(study, list)) return list;
    return undefined;
  }

  /** The best list of the newest state: a whole one, or otherwise the last one.  @param {string} study */
  async best(study) {
    return (await this.whole(study)) ?? (await this.of(study)).at(-1);
  }

  /** @param {string} study @param {{ snapshot: string, list: string }} list */
  async isWhole(study, list) {
    const entries = await this.entries(study, list);
    for (const entry of entries ?? []) {
      if ('missing' in entry || isNothing(entry)) return false;
      if ((await this.folder.byteLength(entry.key)) !== entry.byteLength) return false;
    }
    return entries !== undefined;
  }
}

/** @param {string} text */
function linesOf(text) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
