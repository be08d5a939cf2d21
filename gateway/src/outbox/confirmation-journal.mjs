import { createReadStream } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isDiskFull } from './disk-space.mjs';
import { makeFolder, syncFolder } from './durable.mjs';
import { JournalFile } from './journal-file.mjs';

/**
 * @typedef {object} Confirmation the archive has said that it stored an instance, or that it refuses it
 * @property {string} sopInstanceUID
 * @property {string} sopClassUID
 * @property {string} studyInstanceUID empty, if the gateway did not know it
 * @property {string} sha256 of the Part 10 file that the archive has, in hexadecimal digits
 * @property {boolean} [isRefused] the archive refuses the file with this digest: an earlier confirmation is not for the
 *   file that the sender sent last
 * @property {string} aeTitle that sent it
 * @property {number} confirmedAt milliseconds since 1970
 */

/** The latest confirmations are held in memory: most requests for storage commitment come soon after the store. */
const HELD = 20_000;

const FILE = /^(\d{4}-\d\d-\d\d)\.jsonl$/;
const DAY = 86_400_000;

/**
 * The journal of what the archive confirmed: one file for each day, one line of JSON for each instance. A line is on the
 * disk before the instance leaves the outbox. The file has room for the next lines, so that a confirmation can be written
 * although the disk is full.
 */
export class ConfirmationJournal {
  #folder;
  #days;
  /** @type {Map<string, Confirmation>} by SOP Instance UID, the latest last */
  #held = new Map();
  /** @type {{ day: string, journal: JournalFile } | undefined} */
  #file;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {string} data the folder of all state of the gateway
   * @param {number} days that a confirmation is kept
   */
  constructor(data, days) {
    this.#folder = join(data, 'journal');
    this.#days = days;
  }

  async open() {
    await makeFolder(this.#folder);
    await this.#expire();
    // If the disk is full now, instances are confirmed later, when it has space.
    await this.#today().catch(() => {});
  }

  /**
   * @param {readonly Confirmation[]} confirmations
   * @returns {Promise<void>} when the confirmations survive a loss of power
   */
  append(confirmations) {
    const appended = this.#last.then(() => this.#append(confirmations));
    this.#last = appended.catch(() => {});
    return appended;
  }

  /**
   * The latest confirmation of each of these SOP Instance UIDs; those without one are left out.
   * @param {Iterable<string>} sopInstanceUIDs
   * @returns {Promise<Map<string, Confirmation>>}
   */
  async lookUp(sopInstanceUIDs) {
    /** @type {Map<string, Confirmation>} */
    const found = new Map();
    const wanted = new Set(sopInstanceUIDs);
    for (const uid of [...wanted]) {
      const held = this.#held.get(uid);
      if (held) found.set(uid, held);
      if (held) wanted.delete(uid);
    }
    for (const name of (await this.#files()).reverse()) {
      if (wanted.size === 0) break;
      for (const [uid, confirmation] of await this.#search(name, wanted)) {
        found.set(uid, confirmation);
        wanted.delete(uid);
      }
    }
    return found;
  }

  async close() {
    await this.#last;
    await this.#file?.journal.close();
    this.#file = undefined;
  }

  /**
   * @param {string} name of a file
   * @param {ReadonlySet<string>} wanted
   */
  async #search(name, wanted) {
    /** @type {Map<string, Confirmation>} */
    const found = new Map();
    const lines = createInterface({
      input: createReadStream(join(this.#folder, name)),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const line of lines) {
      // The UID comes first in a line, so most lines need not be parsed.
      const uid = line.slice(PREFIX.length, line.indexOf('"', PREFIX.length));
      if (!wanted.has(uid)) continue;
      const confirmation = parsed(line);
      if (confirmation) found.set(uid, confirmation);
    }
    return found;
  }

  /** @param {readonly Confirmation[]} confirmations */
  async #append(confirmations) {
    if (confirmations.length === 0) return;
    const journal = await this.#today();
    try {
      await journal.append(confirmations.map((confirmation) => `${line(confirmation)}\n`).join(''));
    } catch (error) {
      this.#file = undefined;
      await journal.close();
      throw error;
    }
    for (const confirmation of confirmations) {
      this.#held.delete(confirmation.sopInstanceUID);
      this.#held.set(confirmation.sopInstanceUID, confirmation);
    }
    for (const uid of this.#held.keys()) {
      if (this.#held.size <= HELD) break;
      this.#held.delete(uid);
    }
  }

  /** The file of this day. When the disk is too full for a new file, the file of the day before is continued. */
  async #today() {
    const day = new Date().toISOString().slice(0, 10);
    if (this.#file?.day === day) return this.#file.journal;
    const journal = await this.#opened(day);
    if (this.#file && journal.isEmpty && journal.room < this.#file.journal.room) {
      await journal.close();
      return this.#file.journal;
    }
    await this.#file?.journal.end();
    this.#file = { day, journal };
    await this.#expire();
    return journal;
  }

  /** @param {string} day */
  async #opened(day) {
    const journal = await JournalFile.open(join(this.#folder, `${day}.jsonl`));
    try {
      await journal.reserve();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      const before = (await this.#files()).filter((name) => name.slice(0, 10) < day).at(-1);
      if (!this.#file && before) {
        this.#file = { day: before.slice(0, 10), journal: await JournalFile.open(join(this.#folder, before)) };
      }
    }
    await syncFolder(this.#folder);
    return journal;
  }

  async #files() {
    return (await readdir(this.#folder)).filter((name) => FILE.test(name)).sort();
  }

  async #expire() {
    const first = new Date(Date.now() - this.#days * DAY).toISOString().slice(0, 10);
    for (const name of await this.#files()) {
      if (name.slice(0, 10) < first) await unlink(join(this.#folder, name));
    }
  }
}

const PREFIX = '{"sopInstanceUID":"';

/** @param {Confirmation} confirmation */
function line({ sopInstanceUID, ...others }) {
  return JSON.stringify({ sopInstanceUID, ...others });
}

/**
 * @param {string} text
 * @returns {Confirmation | undefined} undefined for a line that was cut short
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
