import { ArchiveError, archiveAt } from './archive.mjs';
import { sha256 } from './digest.mjs';
import { look } from './look.mjs';
import { persist } from './persist.mjs';
import { retry, run, UnreadableFile } from './run.mjs';
import { blobSource } from './source.mjs';
import { sendByTus } from './tus.mjs';

/** @typedef {import('./look.mjs').Item} Item */
/** @typedef {import('./look.mjs').LeftOut} LeftOut */
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
 * choosing: files are chosen or looked at. sending. paused: by the user, or `trouble` says why. done: every file has its outcome.
 * @typedef {'choosing' | 'sending' | 'paused' | 'done'} Stage
 */

/**
 * The upload of a page: the chosen files and the progress. The page shows them, and calls the methods.
 * @param {object} options
 * @param {string} options.root what stands before /dicomweb
 * @param {Awaited<ReturnType<typeof import('./memory.mjs').memoryOf>>} options.memory
 * @param {() => void} options.onChange is called after each change
 */
export function uploadTo({ root, memory, onChange }) {
  const archive = archiveAt(`${root}/dicomweb`);
  /** @type {Map<Item, File>} */
  const files = new Map();
  /** @type {unknown[]} */
  const handles = [];
  let pause = new AbortController();
  /** The id of the upload session, from the first file until it is closed. @type {string | undefined} */
  let session;

  const upload = {
    /** @type {Stage} */
    stage: 'choosing',
    /** Files that are still looked at. */
    looking: 0,
    /** @type {Item[]} */
    items: [],
    /** @type {LeftOut[]} */
    leftOut: [],
    /** Why it waits or has stopped, in words. @type {string | undefined} */
    trouble: undefined,
    isSignedOut: false,

    /** @param {readonly Chosen[]} chosen @param {readonly unknown[]} [ofThese] their handles */
    async add(chosen, ofThese = []) {
      handles.push(...ofThese);
      const known = new Set([...upload.items, ...upload.leftOut].map(({ path, size }) => `${size} ${path}`));
      const queue = chosen.filter(({ path, file }) => !known.has(`${file?.size ?? 0} ${path}`));
      upload.looking += queue.length;
      const work = async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          await lookAt(next);
          upload.looking -= 1;
          onChange();
        }
      };
      onChange();
      await Promise.all(Array.from({ length: PARALLEL }, work));
    },

    /** Sends what waits, until it is done, paused or in trouble. */
    async send() {
      if (upload.stage === 'sending') return;
      pause = new AbortController();
      const { signal } = pause;
      Object.assign(upload, { stage: 'sending', trouble: undefined, isSignedOut: false });
      onChange();
      try {
        await sendAll(signal);
        upload.stage = 'done';
        upload.trouble = undefined;
      } catch (error) {
        upload.stage = 'paused';
        upload.isSignedOut = error instanceof ArchiveError && error.status === 401;
        upload.trouble = signal.aborted ? undefined : /** @type {Error} */ (error).message;
      }
      onChange();
    },

    pause() {
      pause.abort(new Error('The upload is paused.'));
    },

    async retry() {
      retry(upload.items);
      await upload.send();
    },

    /** Forgets all chosen files, and the upload that has begun here. Stored files stay stored. */
    async clear() {
      if (session !== undefined) await memory.forget();
      files.clear();
      handles.length = 0;
      session = undefined;
      Object.assign(upload, { stage: 'choosing', items: [], leftOut: [], trouble: undefined });
      onChange();
    },
  };

  /** @param {Chosen} chosen */
  async function lookAt({ path, modified, file }) {
    if (file === undefined) {
      upload.leftOut.push({ path, size: 0, why: 'The file cannot be read.' });
      return;
    }
    const found = await look({ path, modified, source: blobSource(file) });
    if ('leftOut' in found) upload.leftOut.push(found.leftOut);
    else {
      upload.items.push(found.item);
      files.set(found.item, file);
    }
  }

  /** @param {AbortSignal} signal */
  async function sendAll(signal) {
    const patience = {
      signal,
      wake,
      onWait: (/** @type {ArchiveError} */ { message }) => {
        upload.trouble = `${message} The upload goes on by itself once the archive answers.`;
        onChange();
      },
      onSuccess: () => {
        upload.trouble = undefined;
      },
    };
    for (let turn = 1; ; turn += 1) {
      const id = await openSession(patience);
      try {
        await sendIn(id, patience);
        break;
      } catch (error) {
        if (!(error instanceof ArchiveError && GONE.includes(error.status)) || turn === MOST_SESSIONS) throw error;
        if (await persist(() => archive.hasSession(signal, id), patience)) throw error;
        await startAgain();
      }
    }
    session = undefined;
    await memory.forget();
  }

  /** The archive has ended the session, for example while the computer slept. Files that it has stored are not sent again. */
  async function startAgain() {
    await memory.forget();
    session = undefined;
    for (const item of upload.items.filter(({ state }) => state !== 'done')) {
      item.state = 'waiting';
      item.sentBytes = 0;
      delete item.url;
    }
    onChange();
  }

  /** @param {string} id of the session @param {import('./persist.mjs').Patience} patience */
  async function sendIn(id, patience) {
    const { signal } = patience;
    await run(upload.items, {
      archive,
      session: id,
      parallel: PARALLEL,
      patience,
      digest: (item) => sha256(fileOf(item), signal),
      unitsOf: (items) => items.map((item) => [item]),
      send: async ([item], stop) => {
        if (item === undefined) return;
        // When the browser cannot read a file, it only reports that the request failed.
        await fileOf(item)
          .slice(0, 1)
          .arrayBuffer()
          .catch(() => Promise.reject(new UnreadableFile(item)));
        await sendByTus(item, {
          file: fileOf(item),
          uploads: archive.uploads,
          session: id,
          signal: stop,
          wake,
          onURL: () => void memory.keep(item).catch(() => {}),
          onChange: () => {
            patience.onSuccess?.();
            onChange();
          },
        }).catch(async (error) => {
          // The archive does not say by the status alone that the session has ended.
          const mayBeEnded = error instanceof ArchiveError && error.status === BAD_REQUEST;
          if (!mayBeEnded || (await archive.hasSession(stop, id))) throw error;
          throw new ArchiveError(error.message, NOT_FOUND);
        });
        item.state = 'sent';
        await memory.keep(item);
      },
      onChange,
    });
  }

  /** Continues the session of this browser's last upload, if there is one. @param {import('./persist.mjs').Patience} patience */
  async function openSession(patience) {
    if (session === undefined) {
      await memory.take();
      const before = await memory.unfinished();
      const { signal } = patience;
      if (before !== undefined && (await persist(() => archive.hasSession(signal, before.session), patience))) {
        session = before.session;
        await memory.recall(upload.items);
      } else {
        if (before !== undefined) await memory.forget();
        const key = crypto.randomUUID();
        session = await persist(() => archive.openSession(signal, key), patience);
      }
    }
    await memory.begin({ session, files: upload.items.length, started: Date.now(), handles });
    return session;
  }

  /** @param {Item} item */
  function fileOf(item) {
    return /** @type {File} */ (files.get(item));
  }

  return upload;
}
