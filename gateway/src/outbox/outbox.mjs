import { mkdir, opendir, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { monotonic } from '../monotonic.mjs';
import { makeFolder, syncFolder } from './durable.mjs';
import { aeTitleOf, entryName, folderName, readEntryName } from './entry-name.mjs';
import { IncomingFile } from './incoming-file.mjs';

/**
 * @typedef {import('./entry-name.mjs').Entry} Entry
 *
 * @typedef {object} Study the instances of a study that wait, in the order of their arrival
 * @property {string} studyInstanceUID
 * @property {Set<Entry>} entries
 * @property {number} firstArrival of the entries that wait, by monotonic()
 * @property {number} lastArrival by monotonic()
 */

/**
 * The instances that were acknowledged and are not yet in the archive. Each is a file under `outbox/<AE title>/`. The
 * folder is authoritative; the state in memory is read from it at the start. forward/confirm-or-refuse.mjs decides when an
 * entry leaves the outbox.
 */
export class Outbox {
  #incoming;
  #folder;
  #serial = 0;
  #lastTime = 0;
  /** When this process learned of an entry, by monotonic(). @type {WeakMap<Entry, number>} */
  #arrivals = new WeakMap();
  /** @type {Map<string, Study>} */
  #studies = new Map();
  /** @type {Map<string, Set<Entry>>} by SOP Instance UID */
  #instances = new Map();
  /** @type {Map<string, { entries: Set<Entry>, bytes: number }>} by AE title */
  #senders = new Map();
  /** @type {Set<string>} folders that exist */
  #folders = new Set();
  /**
   * Names of entries that were added or removed while the folder is scanned.
   * @type {Set<string> | undefined}
   */
  #changed;
  /** Called after an entry was added. */
  onAdded = () => {};

  /** @param {string} data the folder of all state of the gateway */
  constructor(data) {
    this.#incoming = join(data, 'incoming');
    this.#folder = join(data, 'outbox');
  }

  /** Makes the folders, and deletes files that were not acknowledged. */
  async open() {
    await makeFolder(this.#folder);
    await mkdir(this.#incoming, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#incoming)) await unlink(join(this.#incoming, name));
  }

  /** Finds the entries of earlier runs. New ones may be added meanwhile. */
  async scan() {
    this.#changed = new Set();
    const senders = await readdir(this.#folder, { withFileTypes: true });
    for (const { name: folder } of senders.filter((one) => one.isDirectory())) {
      const aeTitle = aeTitleOf(folder);
      /** @type {Entry[]} */
      const found = [];
      for await (const { name } of await opendir(join(this.#folder, folder))) {
        const named = readEntryName(name);
        if (named) found.push({ ...named, aeTitle, bytes: 0 });
      }
      found.sort((one, other) => one.receivedAt - other.receivedAt || one.serial - other.serial);
      /** @type {Entry | undefined} */
      let before;
      for (const entry of found) {
        const file = await stat(this.path(entry)).catch(() => undefined);
        // It may have been added, or forwarded, since its name was read.
        if (!file || this.#changed.has(this.path(entry))) continue;
        const sized = { ...entry, bytes: file.size };
        if (before && isReplacement(before, sized)) await this.#keepShorter(before, sized);
        else this.#remember(sized);
        before = sized;
      }
      this.onAdded();
    }
    this.#changed = undefined;
  }

  /** A new file to receive into; give it to `add` or discard it. */
  create() {
    this.#serial++;
    return IncomingFile.create(join(this.#incoming, `${process.pid}-${Date.now()}-${this.#serial}`));
  }

  /**
   * Makes a received file an entry. When this resolves, the entry survives a loss of power.
   * @param {IncomingFile} file
   * @param {{ aeTitle: string, studyInstanceUID: string, sopInstanceUID: string }} of
   * @returns {Promise<{ entry: Entry, isAgain: boolean }>} isAgain: an entry with the same bytes is already waiting
   */
  async add(file, { aeTitle, studyInstanceUID, sopInstanceUID }) {
    const sha256 = await file.finish();
    const waiting = this.#instances.get(sopInstanceUID);
    const same = waiting && [...waiting].find((entry) => entry.sha256 === sha256);
    if (same) {
      await file.discard();
      // The entry may be in its folder but not yet on the disk.
      await syncFolder(this.#folderOf(aeTitle));
      return { entry: same, isAgain: true };
    }
    const entry = { aeTitle, studyInstanceUID, sopInstanceUID, sha256, bytes: file.bytes, ...this.#nextTime() };
    const folder = this.#folderOf(aeTitle);
    if (!this.#folders.has(folder)) {
      await makeFolder(folder);
      this.#folders.add(folder);
    }
    this.#changed?.add(this.path(entry));
    await rename(file.path, this.path(entry)).catch((error) => {
      // The folder may have been deleted while it was empty. The sender sends the instance again.
      this.#folders.delete(folder);
      throw error;
    });
    await syncFolder(folder);
    this.#remember(entry);
    this.onAdded();
    return { entry, isAgain: false };
  }

  /**
   * Puts a shorter file of the same instance in the place of an entry, which keeps its place in the order.
   * @param {Entry} entry
   * @param {IncomingFile} file
   */
  async replace(entry, file) {
    const longer = this.path(entry);
    const { aeTitle, bytes } = entry;
    const shorter = { sha256: await file.finish(), bytes: file.bytes };
    this.#changed?.add(longer).add(this.path({ ...entry, ...shorter }));
    await rename(file.path, this.path({ ...entry, ...shorter }));
    await syncFolder(this.#folderOf(aeTitle));
    Object.assign(entry, shorter);
    const sender = this.#senders.get(aeTitle);
    if (sender) sender.bytes += entry.bytes - bytes;
    await unlink(longer);
  }

  /**
   * Deletes an entry that the archive has stored.
   * @param {Entry} entry
   */
  async remove(entry) {
    this.forget(entry);
    await unlink(this.path(entry)).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  /**
   * Removes an entry from memory, when its file is missing or is moved elsewhere.
   * @param {Entry} entry
   */
  forget(entry) {
    this.#changed?.add(this.path(entry));
    const study = this.#studies.get(entry.studyInstanceUID);
    if (!study?.entries.delete(entry)) return;
    const [first] = study.entries;
    if (first === undefined) this.#studies.delete(entry.studyInstanceUID);
    else study.firstArrival = this.#arrivals.get(first) ?? study.firstArrival;
    const instances = this.#instances.get(entry.sopInstanceUID);
    instances?.delete(entry);
    if (instances?.size === 0) this.#instances.delete(entry.sopInstanceUID);
    const sender = this.#senders.get(entry.aeTitle);
    sender?.entries.delete(entry);
    if (sender) sender.bytes -= entry.bytes;
  }

  /**
   * The path of an entry's file.
   * @param {Entry} entry
   */
  path(entry) {
    return join(this.#folderOf(entry.aeTitle), entryName(entry));
  }

  /**
   * Whether the file of an entry is there.
   * @param {Entry} entry
   */
  async has(entry) {
    return (await stat(this.path(entry)).catch(() => undefined)) !== undefined;
  }

  /** The studies that have entries. */
  get studies() {
    return this.#studies.values();
  }

  /**
   * The entries of a SOP instance: none when all were forwarded; several when their bytes differ.
   * @param {string} sopInstanceUID
   * @returns {Entry[]}
   */
  entriesOf(sopInstanceUID) {
    return [...(this.#instances.get(sopInstanceUID) ?? [])];
  }

  /**
   * The length of the queue of each AE title that has sent something.
   * @returns {Map<string, { instances: number, bytes: number, oldest: number | undefined }>} oldest: milliseconds since
   *   1970
   */
  queues() {
    return new Map(
      [...this.#senders].map(([aeTitle, { entries, bytes }]) => {
        const [first] = entries;
        return [aeTitle, { instances: entries.size, bytes, oldest: first?.receivedAt }];
      }),
    );
  }

  /**
   * The replacement of an entry was interrupted: both files are there.
   * @param {Entry} before which is remembered
   * @param {Entry} other
   */
  async #keepShorter(before, other) {
    if (before.bytes <= other.bytes) return await unlink(this.path(other));
    await this.remove(before);
    this.#remember(other);
  }

  /** @param {string} aeTitle */
  #folderOf(aeTitle) {
    return join(this.#folder, folderName(aeTitle));
  }

  /** Times never go back, even if the clock does, so that the order of names is the order of arrival. */
  #nextTime() {
    const now = Math.max(Date.now(), this.#lastTime);
    this.#serial = (this.#serial + 1) % 1_000_000;
    this.#lastTime = now;
    return { receivedAt: now, serial: this.#serial };
  }

  /** @param {Entry} entry */
  #remember(entry) {
    const { studyInstanceUID, sopInstanceUID, aeTitle } = entry;
    const now = monotonic();
    const study = this.#studies.get(studyInstanceUID) ?? {
      studyInstanceUID,
      entries: new Set(),
      firstArrival: now,
      lastArrival: now,
    };
    this.#studies.set(studyInstanceUID, study);
    study.entries.add(entry);
    study.lastArrival = now;
    this.#arrivals.set(entry, now);
    this.#lastTime = Math.max(this.#lastTime, entry.receivedAt);
    const instances = this.#instances.get(sopInstanceUID) ?? new Set();
    this.#instances.set(sopInstanceUID, instances);
    instances.add(entry);
    const sender = this.#senders.get(aeTitle) ?? { entries: new Set(), bytes: 0 };
    this.#senders.set(aeTitle, sender);
    sender.entries.add(entry);
    sender.bytes += entry.bytes;
  }
}

/**
 * Whether two files are those of one entry: see `replace`.
 * @param {Entry} one
 * @param {Entry} other
 */
function isReplacement(one, other) {
  const { receivedAt, serial, sopInstanceUID } = other;
  return one.receivedAt === receivedAt && one.serial === serial && one.sopInstanceUID === sopInstanceUID;
}
