import { createReadStream } from 'node:fs';
import { open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeFolder, syncFolder } from './durable.mjs';

/**
 * @typedef {object} Confirmation the archive has said that it stored an instance, or that it refuses it
 * @property {string} sopInstanceUID
 * @property {string} sopClassUID
 * @property {string} studyInstanceUID empty, if the gateway did not know it
 * @property {string} sha256 of the Part 10 file that the archive has, in hexadecimal digits
 * @property {boolean} [isRefused] the archive does not take the file with this digest: what it confirmed before is not what
 *   the sender has sent last
 * @property {string} aeTitle that sent it
 * @property {number} confirmedAt milliseconds since 1970
 */

/** The latest ones are held in memory: a storage commitment is mostly asked for soon. */
const HELD = 20_000;

const FILE = /^(\d{4}-\d\d-\d\d)\.jsonl$/;
const DAY = 86_400_000;

/**
 * The journal of what the archive confirmed: one file for each day, one line of JSON for each instance. A line is on
 * the disk before the instance leaves the outbox.
 */
export class Confirmations {
  #folder;
  #days;
  /** @type {Map<string, Confirmation>} by SOP Instance UID, the latest last */
  #held = new Map();
  /** @type {{ day: string, handle: import('node:fs/promises').FileHandle } | undefined} */
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
  }

  /**
   * @param {readonly Confirmation[]} confirmations
   * @returns {Promise<void>} when they survive a loss of power
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
    await this.#file?.handle.close();
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
      // Cheaper than to parse each line: the UID stands first.
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
    const handle = await this.#today();
    try {
      await handle.appendFile(confirmations.map((confirmation) => `${line(confirmation)}\n`).join(''));
      await handle.datasync();
    } catch (error) {
      // A full disk may have cut a line short: the file is opened again, and the line is ended.
      this.#file = undefined;
      await handle.close();
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

  async #today() {
    const day = new Date().toISOString().slice(0, 10);
    if (this.#file?.day === day) return this.#file.handle;
    await this.#file?.handle.close();
    this.#file = undefined;
    await this.#expire();
    const path = join(this.#folder, `${day}.jsonl`);
    const handle = await open(path, 'a', 0o600);
    // A line that a crash cut short is ended, so that the next one can be read.
    if ((await stat(path)).size > 0) await handle.appendFile('\n');
    await syncFolder(this.#folder);
    this.#file = { day, handle };
    return handle;
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
