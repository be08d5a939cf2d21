import { ofInstance } from '../support/of-instance.mjs';
import { isOfRows, isSound } from './rows.mjs';

/** @typedef {import('./backup-folder.mjs').BackupFolder} BackupFolder */
/** @typedef {import('./backup-folder.mjs').Entry} Entry */
/** @typedef {import('./remote-archive.mjs').RemoteArchive} RemoteArchive */
/** @typedef {import('./remote-archive.mjs').NamedObject} NamedObject */

/** The copies of the archive's objects that one run makes and compares. */
export class ObjectCopies {
  copied = 0;
  bytes = 0;

  /**
   * @param {RemoteArchive} archive
   * @param {BackupFolder} folder
   * @param {boolean} all copies that the folder has are read too
   */
  constructor(archive, folder, all) {
    this.archive = archive;
    this.folder = folder;
    this.all = all;
  }

  /**
   * @param {NamedObject} object
   * @param {Entry | undefined} before as the backup has it by its list
   * @param {string[]} damaged gets a line when the backup's copy is damaged
   * @returns {Promise<Entry | undefined>} undefined: neither the archive nor the backup has an undamaged copy
   */
  async copy(object, before, damaged) {
    const { key } = object;
    const length = await this.folder.byteLength(key);
    if (length !== undefined) {
      const isKnown = before !== undefined && isNamed(object, before);
      if (!this.all && isKnown && before.byteLength === length) return before;
      const kept = await this.folder.look(key);
      const isRight = kept !== undefined && isNamed(object, kept) && (before?.sha256 ?? kept.sha256) === kept.sha256;
      if (isRight && (await isSound(key, this.folder.pathOf(key)))) return kept;
      damaged.push(`${key}  was damaged in the backup, and is copied again${ofInstance(object.instance)}`);
    } else if (before !== undefined) {
      damaged.push(`${key}  was missing in the backup, and is copied again${ofInstance(object.instance)}`);
    }
    // A body may break off, and an answer that is not what the index says may be of a broken connection.
    for (let tries = 0; tries < 2; tries += 1) {
      const answer = await this.archive.read(key);
      if (answer === undefined) return undefined;
      const kept = await this.keep(object, before, answer);
      if (kept !== undefined) return kept;
    }
    return undefined;
  }

  /**
   * @param {NamedObject} object
   * @param {Entry | undefined} before
   * @param {import('./remote-archive.mjs').ObjectAnswer} answer
   * @returns {Promise<Entry | undefined>} undefined: the answer is not the whole object
   */
  async keep(object, before, { body, byteLength }) {
    const { key } = object;
    const isWhole = async (/** @type {Entry} */ entry, /** @type {string} */ path) => {
      if (!isNamed(object, entry) || (byteLength ?? entry.byteLength) !== entry.byteLength) return false;
      // Rows tell themselves whether they are whole. The list may be of an earlier run that took an empty answer for them.
      if (isOfRows(key)) return await isSound(key, path);
      // Nothing says how long the object is: then an answer that broke off looks like a whole one.
      if (byteLength === undefined && object.byteLength === null && before === undefined) return false;
      return (object.digest ?? before?.sha256 ?? entry.sha256) === entry.sha256;
    };
    const kept = await this.folder.keep(key, body, isWhole).catch((error) => {
      if (error?.name === 'TypeError' || error?.code?.startsWith?.('UND_')) return undefined;
      throw error;
    });
    if (kept === undefined) return undefined;
    this.copied += 1;
    this.bytes += kept.byteLength;
    return kept;
  }
}

/** Whether an entry has what the rows say of the object. @param {NamedObject} object @param {Entry} entry */
function isNamed({ byteLength, digest }, entry) {
  return (digest ?? entry.sha256) === entry.sha256 && (byteLength ?? entry.byteLength) === entry.byteLength;
}
