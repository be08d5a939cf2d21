import { sha256OfText } from './files/digest.mjs';

/**
 * What the browser remembers of an upload until it has ended, in IndexedDB: the session, which files are sent, and the URLs of
 * uploads that have begun. A file is known by a digest of its path, size and time: its name may name a patient.
 *
 * @typedef {{ root: string, session: string, files: number, started: number, handles: unknown[] }} Unfinished `root`: of the archive;
 * `handles`: of the files and folders, where the browser has such
 * @typedef {{ key: string, root: string, url?: string, isSent: boolean }} Begun
 */

const NAME = 'upload';

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('unfinished', { keyPath: 'root' });
    request.result.createObjectStore('files', { keyPath: 'key' }).createIndex('root', 'root');
  };
  return settled(request);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {import('./files/look.mjs').Item} item @param {string} root */
function keyOf({ path, size, modified }, root) {
  return sha256OfText([root, path, size, modified].join('\n'));
}

/**
 * The right to the memory of an archive's upload. One tab has it while it sends: two tabs that went on with the same
 * session would end each other's uploads. The browser gives it back when the tab goes.
 * @param {string} name
 */
function turnOf(name) {
  /** @type {(() => void) | undefined} */
  let release;
  const { locks } = navigator;

  return {
    /** @returns {Promise<boolean>} whether this tab has it now */
    take() {
      if (release !== undefined || locks === undefined) return Promise.resolve(true);
      return new Promise((resolve) => {
        const hold = (/** @type {Lock | null} */ lock) => {
          resolve(lock !== null);
          return lock === null ? undefined : new Promise((end) => (release = () => end(undefined)));
        };
        locks.request(name, { ifAvailable: true }, hold).catch(() => resolve(true));
      });
    },

    /** @returns {Promise<boolean>} whether another tab has it */
    async isElsewhere() {
      if (release !== undefined || locks === undefined) return false;
      const { held = [] } = await locks.query();
      return held.some((lock) => lock.name === name);
    },

    giveBack() {
      release?.();
      release = undefined;
    },
  };
}

/**
 * The memory of the uploads to one archive. Without IndexedDB (private windows of some browsers) nothing is remembered.
 * @param {string} root path of the archive
 */
export async function memoryOf(root) {
  const kept = await open().catch(() => undefined);
  const turn = turnOf(`upload ${root}`);
  /** Writes nothing while another tab uses the memory. */
  let database = kept;
  const store = (/** @type {'unfinished' | 'files'} */ name) =>
    database?.transaction(name, 'readwrite').objectStore(name);

  return {
    /** Takes the memory for an upload of this tab. Call it before any other method. */
    async take() {
      database = (await turn.take()) ? kept : undefined;
    },

    /** @returns {Promise<Unfinished | undefined>} not the upload of another tab, which is running */
    async unfinished() {
      if (await turn.isElsewhere()) return undefined;
      const found = store('unfinished')?.get(root);
      return found === undefined ? undefined : settled(found);
    },

    /** @param {Omit<Unfinished, 'root'>} unfinished */
    async begin(unfinished) {
      const put = (/** @type {unknown[]} */ handles) =>
        settled(/** @type {IDBObjectStore} */ (store('unfinished')).put({ root, ...unfinished, handles }));
      // Some handles cannot be stored.
      if (database !== undefined) await put(unfinished.handles).catch(() => put([]));
    },

    ...begunFiles(root, (name) => store(name)),

    async forget() {
      if (database === undefined || (await turn.isElsewhere())) return;
      await settled(/** @type {IDBObjectStore} */ (store('unfinished')).delete(root));
      const files = /** @type {IDBObjectStore} */ (store('files'));
      for (const key of await settled(files.index('root').getAllKeys(root))) files.delete(key);
      turn.giveBack();
    },
  };
}

/**
 * What the memory keeps of the files of an upload: their URLs, and which of them are sent.
 * @param {string} root path of the archive
 * @param {(name: 'files') => IDBObjectStore | undefined} store
 */
function begunFiles(root, store) {
  const files = () => store('files');
  return {
    /** @returns {Promise<number>} how many files are sent */
    async sentCount() {
      const all = files()?.index('root').getAll(root);
      return all === undefined ? 0 : (await settled(all)).filter(({ isSent }) => isSent).length;
    },

    /** @param {import('./files/look.mjs').Item} item */
    async keep(item) {
      const key = await keyOf(item, root);
      const { url, state } = item;
      const put = files()?.put({ key, root, ...(url !== undefined && { url }), isSent: state === 'sent' });
      if (put !== undefined) await settled(put);
    },

    /** Gives files their remembered URLs and states.  @param {readonly import('./files/look.mjs').Item[]} items */
    async recall(items) {
      for (const item of items.filter(({ state }) => state === 'waiting')) {
        const key = await keyOf(item, root);
        const found = files()?.get(key);
        /** @type {Begun | undefined} */
        const begun = found && (await settled(found));
        if (begun?.url === undefined) continue;
        item.url = begun.url;
        if (begun.isSent) item.state = 'sent';
      }
    },
  };
}
