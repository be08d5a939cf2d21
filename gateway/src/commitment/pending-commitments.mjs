import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, syncFolder } from '../outbox/durable.mjs';

/**
 * @typedef {object} Reference
 * @property {string} sopClassUID
 * @property {string} sopInstanceUID
 *
 * @typedef {Reference & { failureReason?: number }} Result failureReason: PS3.3 C.14.1.1; without it, the instance is
 *   committed
 *
 * @typedef {object} Commitment a request for storage commitment that is not answered yet
 * @property {string} transactionUID
 * @property {string} aeTitle of the application entity that asked
 * @property {string} calledAETitle by which it called the gateway
 * @property {number} receivedAt milliseconds since 1970
 * @property {Reference[]} references
 * @property {Result[]} [results] what is to be reported; absent: it is not known yet
 * @property {number} [resolvedAt] milliseconds since 1970
 */

/** The requests for storage commitment that are not answered yet: one file for each. They survive a loss of power. */
export class PendingCommitments {
  #folder;
  #serial = 0;
  /** @type {Map<string, Commitment>} by the name of the file */
  #commitments = new Map();

  /** @param {string} data the folder of all state of the gateway */
  constructor(data) {
    this.#folder = join(data, 'commitments');
  }

  /** Finds the requests of earlier runs. */
  async open() {
    await makeFolder(this.#folder);
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const commitment = name.endsWith('.json') ? parsed(await readFile(path, 'utf8')) : undefined;
      if (commitment) this.#commitments.set(name, commitment);
      // What was not renamed was not acknowledged.
      else await unlink(path);
    }
  }

  get size() {
    return this.#commitments.size;
  }

  /** @returns {Commitment[]} */
  all() {
    return [...this.#commitments.values()];
  }

  /**
   * @param {string} aeTitle
   * @param {string} transactionUID
   */
  find(aeTitle, transactionUID) {
    return this.#commitments.get(nameOf({ aeTitle, transactionUID }));
  }

  /**
   * Keeps a request, or what became of it.
   * @param {Commitment} commitment
   * @returns {Promise<void>} when it survives a loss of power
   */
  async keep(commitment) {
    const name = nameOf(commitment);
    const temporary = join(this.#folder, `${name}.${++this.#serial}.new`);
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(JSON.stringify(commitment));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(this.#folder, name));
    await syncFolder(this.#folder);
    this.#commitments.set(name, commitment);
  }

  /** @param {Commitment} commitment that was reported, or given up */
  async remove(commitment) {
    const name = nameOf(commitment);
    this.#commitments.delete(name);
    await unlink(join(this.#folder, name)).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** @param {Pick<Commitment, 'aeTitle' | 'transactionUID'>} commitment */
function nameOf({ aeTitle, transactionUID }) {
  return `${createHash('sha256').update(`${aeTitle}\n${transactionUID}`).digest('hex').slice(0, 40)}.json`;
}

/**
 * @param {string} text
 * @returns {Commitment | undefined}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
