import { randomUUID } from 'node:crypto';
import { archiveAt } from '../../viewer/upload/sending/archive.mjs';
import { batchesOf } from '../../viewer/upload/sending/batches.mjs';
import { persist } from '../../viewer/upload/sending/persist.mjs';
import { run } from '../../viewer/upload/sending/run.mjs';
import { fileSender, uidOf } from './file-sender.mjs';
import { sha256 } from './files.mjs';
import { OVERHEAD } from './stow.mjs';

/** @typedef {import('../../viewer/upload/files/look.mjs').Item} Item */

/** Larger files are sent by the resumable protocol; bytes. */
const LARGE = 24 * 1024 * 1024;

/** One Store request: below the platform's limit of 100 MB, and with few enough instances. */
const TOGETHER = { bytes: 90_000_000, count: 200, overhead: OVERHEAD };

/** Requests at the same time. */
const PARALLEL = 3;

/** Milliseconds for which requests are repeated to an archive that has stopped answering. */
const PATIENCE_MS = 30 * 60 * 1000;

/** The same for an archive that has not answered yet: its address may be wrong. */
const FIRST_PATIENCE_MS = 60 * 1000;

/**
 * @param {readonly Item[]} items
 * @param {object} options
 * @param {Map<Item, import('./find-files.mjs').Path>} options.fileOf the absolute path of each
 * @param {string} options.root the DICOMweb root
 * @param {string} options.key empty: none
 * @param {ReturnType<typeof import('./state-file.mjs').stateFile>} options.state
 * @param {AbortSignal} options.signal
 * @param {() => void} options.onChange
 * @param {(text: string) => void} options.say
 */
export async function sendAll(items, { fileOf, root, key, state, signal, onChange, say }) {
  const headers = key === '' ? {} : { Authorization: `Bearer ${key}` };
  const archive = archiveAt(root, headers);
  let isWaiting = false;
  const patience = {
    signal,
    giveUpAfterMs: PATIENCE_MS,
    onWait: (/** @type {Error} */ { message }) => {
      if (!isWaiting) say(`${message} Trying again until it answers.`);
      isWaiting = true;
    },
    onSuccess: () => {
      isWaiting = false;
    },
  };
  const session = await openSession();
  const file = (/** @type {Item} */ item) => fileOf.get(item) ?? '';
  const { sendAlone, sendTogether } = fileSender({
    file,
    root,
    uploads: archive.uploads,
    session,
    headers,
    state,
    onChange,
  });

  await run(items, {
    archive,
    session,
    parallel: PARALLEL,
    patience,
    onChange,
    digest: (item) => sha256(file(item), signal),
    unitsOf,
    send: async (unit, stop) => {
      const [first] = unit;
      const isAlone = unit.length === 1 && first !== undefined && isLarge(first);
      await (isAlone ? sendAlone(first, stop) : sendTogether(unit, stop));
    },
  });
  state.forget();

  /** Continues the session of an earlier run of the same command, if it still exists. */
  async function openSession() {
    const before = state.session;
    if (before !== undefined && (await persist(() => archive.hasSession(signal, before), patience))) {
      state.recall(items);
      return before;
    }
    const idempotencyKey = randomUUID();
    const fresh = await persist(() => archive.openSession(signal, idempotencyKey), {
      ...patience,
      giveUpAfterMs: FIRST_PATIENCE_MS,
    });
    state.begin(fresh);
    return fresh;
  }
}

/** Whether a file is sent by the resumable protocol. @param {Item} item */
function isLarge({ kind, size, url }) {
  return kind === 'zip' || size > LARGE || url !== undefined;
}

/** The files of each request. @param {readonly Item[]} items that the archive does not have @returns {Item[][]} */
function unitsOf(items) {
  // The answer to a request names files by their UIDs.
  const isApart = (/** @type {Item} */ item) => isLarge(item) || uidOf(item) === '';
  const alone = items.filter(isApart).map((item) => [item]);
  const together = items.filter((item) => !isApart(item));
  return [...roundsOf(together).flatMap((round) => batchesOf(round, TOGETHER)), ...alone];
}

/**
 * Divides files so that no SOP Instance UID is twice in a group: the answer to a request names the files by their UIDs
 * only (PS3.18 annex I), and of two files with one UID the archive may keep the first and refuse the second.
 * @param {readonly Item[]} items
 * @returns {Item[][]}
 */
function roundsOf(items) {
  /** @type {Item[][]} */
  const rounds = [];
  /** @type {Map<string, number>} */
  const seen = new Map();
  for (const item of items) {
    const uid = uidOf(item);
    const round = seen.get(uid) ?? 0;
    seen.set(uid, round + 1);
    rounds[round] ??= [];
    rounds[round].push(item);
  }
  return rounds;
}
