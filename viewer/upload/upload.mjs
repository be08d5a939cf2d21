import { sha256 } from './files/digest.mjs';
import { look, unread } from './files/look.mjs';
import { ArchiveError, archiveAt } from './sending/archive.mjs';
import { persist } from './sending/persist.mjs';
import { retry, run, UnreadableFile } from './sending/run.mjs';
import { blobSource } from './sending/source.mjs';
import { sendByTus } from './sending/tus.mjs';

/** @typedef {import('./files/look.mjs').Item} Item */
/** @typedef {import('./files/look.mjs').LeftOut} LeftOut */
/** @typedef {import('./chosen.mjs').Chosen} Chosen */

/** Its event "wake" says that the line may be back: the browser says so, or the user looks at the page again. */
const wake = new EventTarget();
const awake = () => wake.dispatchEvent(new Event('wake'));
window.addEventListener('online', awake);
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && awake());

/** Files that are sent, and files that are looked at, at the same time. */
const PARALLEL = 4;

/** What the archive answers about a session that has ended: RFC 9110 15.5.5, 15.5.11. */
const NOT_FOUND = 404;
const GONE = [NOT_FOUND, 410];
/** RFC 9110 15.5.1. */
const BAD_REQUEST = 400;
/** How often an upload begins again when its session has ended. */
const MOST_SESSIONS = 3;

/**
 * - choosing: files are chosen, or looked at.
 * - sending: files are on their way.
 * - paused: by the user; or for a reason, which is in `trouble`.
 * - done: every file has its outcome.
 * @typedef {'choosing' | 'sending' | 'paused' | 'done'} Stage
 */

/**
 * The upload of a page: the chosen files and the progress. The page shows them, and calls the methods.
 */
export class PageUpload {
  /** @type {Stage} */
  stage = 'choosing';
  /** The number of files that are still looked at. */
  looking = 0;
  /** @type {Item[]} */
  items = [];
  /** @type {LeftOut[]} */
  leftOut = [];
  /** Why the upload waits or has stopped, in words. @type {string | undefined} */
  trouble = undefined;
  isSignedOut = false;
  #archive;
  #memory;
  #onChange;
  /** @type {Map<Item, File>} */
  #files = new Map();
  /** @type {unknown[]} */
  #handles = [];
  #pause = new AbortController();
  /** The id of the upload session, from the first file until it is closed. @type {string | undefined} */
  #session;

  /**
   * @param {object} options
   * @param {string} options.root the path before /dicomweb
   * @param {Awaited<ReturnType<typeof import('./memory.mjs').memoryOf>>} options.memory
   * @param {() => void} options.onChange is called after each change
   */
  constructor({ root, memory, onChange }) {
    this.#archive = archiveAt(`${root}/dicomweb`);
    this.#memory = memory;
    this.#onChange = onChange;
  }

  /** @param {readonly Chosen[]} chosen @param {readonly unknown[]} [ofThese] their handles */
  async add(chosen, ofThese = []) {
    this.#handles.push(...ofThese);
    const known = new Set([...this.items, ...this.leftOut].map(({ path, size }) => `${size} ${path}`));
    const queue = chosen.filter(({ path, file }) => !known.has(`${file?.size ?? 0} ${path}`));
    this.looking += queue.length;
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await this.#lookAt(next);
        this.looking -= 1;
        this.#onChange();
      }
    };
    this.#onChange();
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }

  /** Sends what waits, until it is done, paused or in trouble. */
  async send() {
    if (this.stage === 'sending') return;
    this.#pause = new AbortController();
    const { signal } = this.#pause;
    Object.assign(this, { stage: 'sending', trouble: undefined, isSignedOut: false });
    this.#onChange();
    try {
      await this.#sendAll(signal);
      this.stage = 'done';
      this.trouble = undefined;
    } catch (error) {
      this.stage = 'paused';
      this.isSignedOut = error instanceof ArchiveError && error.status === 401;
      this.trouble = signal.aborted ? undefined : /** @type {Error} */ (error).message;
    }
    this.#onChange();
  }

  pause() {
    this.#pause.abort(new Error('The upload is paused.'));
  }

  async retry() {
    retry(this.items);
    await this.send();
  }

  /** Forgets all chosen files, and the upload that has begun here. Stored files stay stored. */
  async clear() {
    if (this.#session !== undefined) await this.#memory.forget();
    this.#files.clear();
    this.#handles.length = 0;
    this.#session = undefined;
    Object.assign(this, { stage: 'choosing', items: [], leftOut: [], trouble: undefined });
    this.#onChange();
  }

  /** @param {Chosen} chosen */
  async #lookAt({ path, modified, file }) {
    if (file === undefined) {
      this.leftOut.push(unread(path));
      return;
    }
    const found = await look({ path, modified, source: blobSource(file) });
    if ('leftOut' in found) this.leftOut.push(found.leftOut);
    else {
      this.items.push(found.item);
      this.#files.set(found.item, file);
    }
  }

  /** @param {AbortSignal} signal */
  async #sendAll(signal) {
    const patience = {
      signal,
      wake,
      onWait: (/** @type {ArchiveError} */ { message }) => {
        this.trouble = `${message} The upload continues by itself when the archive answers.`;
        this.#onChange();
      },
      onSuccess: () => {
        this.trouble = undefined;
      },
    };
    for (let turn = 1; ; turn += 1) {
      const id = await this.#openSession(patience);
      try {
        await this.#sendIn(id, patience);
        break;
      } catch (error) {
        if (!(error instanceof ArchiveError && GONE.includes(error.status)) || turn === MOST_SESSIONS) throw error;
        if (await persist(() => this.#archive.hasSession(signal, id), patience)) throw error;
        await this.#startAgain();
      }
    }
    this.#session = undefined;
    await this.#memory.forget();
  }

  /** The archive has ended the session, for example while the computer slept. Files that it has stored are not sent again. */
  async #startAgain() {
    await this.#memory.forget();
    this.#session = undefined;
    for (const item of this.items.filter(({ state }) => state !== 'done')) {
      item.state = 'waiting';
      item.sentBytes = 0;
      delete item.url;
    }
    this.#onChange();
  }

  /** @param {string} id of the session @param {import('./sending/persist.mjs').Patience} patience */
  async #sendIn(id, patience) {
    const { signal } = patience;
    await run(this.items, {
      archive: this.#archive,
      session: id,
      parallel: PARALLEL,
      patience,
      digest: (item) => sha256(this.#fileOf(item), signal),
      unitsOf: (items) => items.map((item) => [item]),
      send: async ([item], stop) => {
        if (item === undefined) return;
        // When the browser cannot read a file, it only reports that the request failed.
        await this.#fileOf(item)
          .slice(0, 1)
          .arrayBuffer()
          .catch(() => Promise.reject(new UnreadableFile(item)));
        await sendByTus(item, {
          file: this.#fileOf(item),
          uploads: this.#archive.uploads,
          session: id,
          signal: stop,
          wake,
          onURL: () => void this.#memory.keep(item).catch(() => {}),
          onChange: () => {
            patience.onSuccess?.();
            this.#onChange();
          },
        }).catch(async (error) => {
          // The archive does not say by the status alone that the session has ended.
          const mayBeEnded = error instanceof ArchiveError && error.status === BAD_REQUEST;
          if (!mayBeEnded || (await this.#archive.hasSession(stop, id))) throw error;
          throw new ArchiveError(error.message, NOT_FOUND);
        });
        item.state = 'sent';
        await this.#memory.keep(item);
      },
      onChange: this.#onChange,
    });
  }

  /** Continues the session of this browser's last upload, if there is one. @param {import('./sending/persist.mjs').Patience} patience */
  async #openSession(patience) {
    if (this.#session === undefined) {
      await this.#memory.take();
      const before = await this.#memory.unfinished();
      const { signal } = patience;
      if (before !== undefined && (await persist(() => this.#archive.hasSession(signal, before.session), patience))) {
        this.#session = before.session;
        await this.#memory.recall(this.items);
      } else {
        if (before !== undefined) await this.#memory.forget();
        const key = crypto.randomUUID();
        this.#session = await persist(() => this.#archive.openSession(signal, key), patience);
      }
    }
    await this.#memory.begin({
      session: this.#session,
      files: this.items.length,
      started: Date.now(),
      handles: this.#handles,
    });
    return this.#session;
  }

  /** @param {Item} item */
  #fileOf(item) {
    return /** @type {File} */ (this.#files.get(item));
  }
}
