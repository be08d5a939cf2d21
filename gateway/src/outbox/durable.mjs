import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** @type {Map<string, { running: Promise<void>, next: Promise<void> | undefined }>} */
const syncs = new Map();

/**
 * Makes the names in a folder survive a loss of power. Callers that come while it runs share the next run.
 * @param {string} folder
 * @returns {Promise<void>}
 */
export function syncFolder(folder) {
  const sync = syncs.get(folder);
  if (sync) {
    // The run that is under way may have begun before the caller's change.
    sync.next ??= sync.running.catch(() => {}).then(() => begin(folder));
    return sync.next;
  }
  return begin(folder);
}

/** @param {string} folder */
function begin(folder) {
  const running = syncOnce(folder);
  const sync = { running, next: /** @type {Promise<void> | undefined} */ (undefined) };
  syncs.set(folder, sync);
  const done = () => {
    if (syncs.get(folder) === sync && sync.next === undefined) syncs.delete(folder);
  };
  running.then(done, done);
  return running;
}

/** @param {string} folder */
async function syncOnce(folder) {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder, and makes its name survive a loss of power.
 * @param {string} folder
 */
export async function makeFolder(folder) {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first !== undefined) await syncFolder(dirname(first));
}
