import { readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, syncFolder } from './durable.mjs';
import { readEntryName } from './entry-name.mjs';
import { lockFolder } from './folder-lock.mjs';

/**
 * Puts everything that the archive refused back into the outbox, after the cause was removed.
 * @param {string} data the folder of all state of the gateway
 * @returns {Promise<number>} how many instances
 * @throws {Error} while a gateway runs with this folder
 */
export async function retryRefused(data) {
  const unlock = await lockFolder(data);
  try {
    let count = 0;
    for (const sender of await readdir(join(data, 'refused')).catch(() => [])) {
      const from = join(data, 'refused', sender);
      const to = join(data, 'outbox', sender);
      await makeFolder(to);
      const names = (await readdir(from)).filter((name) => readEntryName(name) !== undefined);
      for (const name of names) await rename(join(from, name), join(to, name));
      await syncFolder(to);
      for (const name of names) await unlink(join(from, `${name}.json`)).catch(() => {});
      count += names.length;
    }
    return count;
  } finally {
    unlock();
  }
}
