import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { ArchiveError, archiveAt } from '../../viewer/upload/archive.mjs';
import { batchesOf } from '../../viewer/upload/batches.mjs';
import { give, settle } from '../../viewer/upload/give.mjs';
import { outcomesOf } from '../../viewer/upload/outcome.mjs';
import { persist } from '../../viewer/upload/persist.mjs';
import { run, UnreadableFile } from '../../viewer/upload/run.mjs';
import { sendByTus } from '../../viewer/upload/tus.mjs';
import { rangeReader, sha256 } from './files.mjs';
import { OVERHEAD, storeTogether } from './stow.mjs';

/** @typedef {import('../../viewer/upload/look.mjs').Item} Item */

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
 * @param {Map<Item, string>} options.fileOf the absolute path of each
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
    onWait: (/** @type {ArchiveError} */ { message }) => {
      if (!isWaiting) say(`${message} Trying again until it answers.`);
      isWaiting = true;
    },
    onSuccess: () => {
      isWaiting = false;
    },
  };
  const session = await openSession();
  const file = (/** @type {Item} */ item) => fileOf.get(item) ?? '';

  await run(items, {
    archive,
    session,
    parallel: PARALLEL,
    patience,
    onChange,
    digest: (item) => sha256(file(item), signal),
    unitsOf: (unknown) => {
      const isLarge = (/** @type {Item} */ item) => item.kind === 'zip' || item.size > LARGE || item.url !== undefined;
      // The answer to a request names files by their UIDs.
      const isApart = (/** @type {Item} */ item) => isLarge(item) || uidOf(item) === '';
      const alone = unknown.filter(isApart).map((item) => [item]);
      const together = unknown.filter((item) => !isApart(item));
      return [...roundsOf(together).flatMap((round) => batchesOf(round, TOGETHER)), ...alone];
    },
    send: async (unit, stop) => {
      const [first] = unit;
      const isAlone =
        unit.length === 1 &&
        first !== undefined &&
        (first.kind === 'zip' || first.size > LARGE || first.url !== undefined);
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

  /** @param {Item} item @returns {Promise<void>} rejects with an UnreadableFile if it has changed */
  async function checkThere(item) {
    const now = await stat(file(item)).catch(() => undefined);
    if (now?.size !== item.size || now.mtimeMs !== item.modified) throw new UnreadableFile(item);
  }

  /** @param {Item} item @param {AbortSignal} stop */
  async function sendAlone(item, stop) {
    await checkThere(item);
    await sendByTus(item, {
      file: file(item),
      uploads: archive.uploads,
      session,
      headers,
      signal: stop,
      fileReader: rangeReader(),
      onURL: () => state.keep(item),
      onChange,
    });
    item.state = 'sent';
    state.keep(item);
  }

  /** @param {readonly Item[]} unit @param {AbortSignal} stop */
  async function sendTogether(unit, stop) {
    const open = unit.filter(({ state }) => state !== 'sent' && state !== 'done');
    for (const item of open) await checkThere(item);
    const files = open.map((item) => ({ item, file: file(item) }));
    try {
      const { status, dataSet } = await storeTogether(files, { root, session, headers, signal: stop, onChange });
      const outcomes = outcomesOf(dataSet);
      const [only] = open;
      const [outcome] = [...outcomes.bySOP.values(), outcomes.unnamed].flat();
      // The archive may have read a UID that could not be read here.
      if (open.length === 1 && only !== undefined && outcome !== undefined) {
        settle(only, outcome);
        return;
      }
      // The archive accepts shorter requests only. The files that it has not read are sent in pieces.
      const unread = status === TOO_LARGE ? open.filter((item) => !outcomes.bySOP.has(uidOf(item))) : [];
      for (const item of open) if (!unread.includes(item)) give(item, outcomes);
      for (const item of unread) await sendAlone(item, stop);
    } catch (error) {
      if (!(error instanceof ArchiveError) || error.status !== TOO_LARGE) throw error;
      for (const item of open) await sendAlone(item, stop);
    }
  }
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

/** SOP Instance UID of a DICOM file; empty if it cannot be read here. @param {Item} item */
function uidOf({ instances: [one] }) {
  return one?.head.sopInstanceUID ?? '';
}

/** RFC 9110 15.5.14. */
const TOO_LARGE = 413;
