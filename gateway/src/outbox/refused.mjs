import { open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { monotonic } from '../monotonic.mjs';
import { isDiskFull } from './disk-space.mjs';
import { makeFolder, syncFolder } from './durable.mjs';
import { entryName, folderName } from './entry-name.mjs';

/** Milliseconds. */
const COUNT_EVERY = 5000;

/**
 * @typedef {object} Refusal why an instance is not in the archive
 * @property {string} reason in words
 * @property {string | undefined} failureReason (0008,1197), four hexadecimal digits
 * @property {number | undefined} status of the answer
 */

/** What the archive refused: `refused/<AE title>/`, each file with its reason beside it in a file of JSON. */
export class RefusedInstances {
  #folder;
  #outbox;
  #count = 0;
  #countedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param {string} data the folder of all state of the gateway
   * @param {import('./outbox.mjs').Outbox} outbox
   */
  constructor(data, outbox) {
    this.#folder = join(data, 'refused');
    this.#outbox = outbox;
  }

  /**
   * Moves an entry out of the outbox.
   * @param {import('./entry-name.mjs').Entry} entry
   * @param {Refusal} refusal
   * @returns {Promise<string>} the path of the file
   */
  async add(entry, refusal) {
    const folder = join(this.#folder, folderName(entry.aeTitle));
    await makeFolder(folder);
    const path = join(folder, entryName(entry));
    const reason = { refusedAt: new Date().toISOString(), aeTitle: entry.aeTitle, ...refusal };
    await writeDurably(`${path}.json`, JSON.stringify(reason, null, 2)).catch(async (error) => {
      // The log has the reason too. The instance must not delay the others.
      if (!isDiskFull(error)) throw error;
      await unlink(`${path}.json`).catch(() => {});
    });
    await rename(this.#outbox.path(entry), path).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await syncFolder(folder);
    this.#outbox.forget(entry);
    return path;
  }

  /** The number of refused instances; counted at most every few seconds. */
  async count() {
    if (monotonic() - this.#countedAt > COUNT_EVERY) {
      this.#countedAt = monotonic();
      this.#count = await this.#counted();
    }
    return this.#count;
  }

  async #counted() {
    let count = 0;
    for (const folder of await readdir(this.#folder).catch(() => [])) {
      count += (await readdir(join(this.#folder, folder))).filter((name) => name.endsWith('.dcm')).length;
    }
    return count;
  }
}

/**
 * @param {string} path
 * @param {string} text
 */
async function writeDurably(path, text) {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
