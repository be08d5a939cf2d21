import { ArchiveError, MOST_KNOWN } from './archive.mjs';
import { batchesOf } from './batches.mjs';
import { give, giveResults, settle } from './give.mjs';
import { outcomesOf, refused } from './outcome.mjs';
import { persist } from './persist.mjs';
import { UnitQueue } from './unit-queue.mjs';

/** A UID with which the archive can be asked (PS3.5 9.1). */
const UID = /^[0-9.]{1,64}$/;

/** @typedef {import('../files/look.mjs').Item} Item */

/** Files that are hashed, and then asked about in one request. */
const CHECKED_AT_ONCE = { bytes: 64 * 1024 * 1024, count: 200 };

/**
 * One way of sending files: from a page (page.mjs), or from a terminal (scripts/upload/).
 * @typedef {object} Sender
 * @property {ReturnType<typeof import('./archive.mjs').archiveAt>} archive
 * @property {string} session id
 * @property {(item: Item) => Promise<string>} digest SHA-256 of a file, hexadecimal; rejects if it can no longer be read
 * @property {(items: Item[]) => Item[][]} unitsOf what is sent together
 * @property {(items: Item[], signal: AbortSignal) => Promise<void>} send one attempt, which leaves each item "sent", or "done" with
 * its outcome
 * @property {number} parallel units that are sent at the same time
 * @property {import('./persist.mjs').Patience} patience
 * @property {(item?: Item) => void} onChange
 */

/**
 * Sends all files that are waiting, except those that the archive has, and learns what became of each.
 * After an interruption (patience.signal) it can be called again with the same items.
 * @param {readonly Item[]} items
 * @param {Sender} sender
 */
export async function run(items, sender) {
  // The first error that concerns all files stops all of them.
  const stop = new AbortController();
  const signal = AbortSignal.any([sender.patience.signal, stop.signal]);
  const stoppable = { ...sender, patience: { ...sender.patience, signal } };
  const units = new UnitQueue(signal);
  const check = async () => {
    await checkAll(items, stoppable, (unit) => units.add(unit));
    units.end();
  };
  const work = async () => {
    for (let unit = await units.next(); unit !== undefined; unit = await units.next()) await sendUnit(unit, stoppable);
  };
  const tasks = [check(), ...Array.from({ length: sender.parallel }, work)];
  for (const task of tasks) task.catch((error) => stop.abort(error));
  const ends = await Promise.allSettled(tasks);
  for (const item of items) if (item.state === 'checking' || item.state === 'sending') item.state = 'waiting';
  for (const end of ends) if (end.status === 'rejected') throw signal.reason ?? end.reason;
  await finish(items, sender);
}

/**
 * @param {readonly Item[]} items
 * @param {Sender} sender
 * @param {(unit: Item[]) => void} add
 */
async function checkAll(items, sender, add) {
  /** The first file with each digest. @type {Map<string, Item>} */
  const first = new Map();
  const waiting = items.filter(({ state }) => state === 'waiting');
  for (const group of batchesOf(waiting, CHECKED_AT_ONCE)) {
    const unknown = await check(group, first, sender);
    for (const unit of sender.unitsOf(unknown)) add(unit);
  }
}

/**
 * @param {Item[]} group
 * @param {Map<string, Item>} first
 * @param {Sender} sender
 * @returns {Promise<Item[]>} those that have to be sent
 */
async function check(group, first, sender) {
  const { digest, patience, onChange } = sender;
  /** @type {Item[]} */
  const toSend = [];
  for (const item of group) {
    patience.signal.throwIfAborted();
    // An upload that has begun is continued.
    if (item.url !== undefined) {
      toSend.push(item);
      continue;
    }
    if (item.kind === 'zip') {
      if (await isHeld(item, sender)) settle(item, { result: 'held' });
      else toSend.push(item);
      onChange(item);
      continue;
    }
    item.state = 'checking';
    onChange(item);
    const sha256 = item.digest ?? (await digest(item).catch(() => undefined));
    if (sha256 === undefined) {
      settle(item, refused(new UnreadableFile(item).message));
    } else {
      item.digest = sha256;
      item.state = 'waiting';
      const twin = first.get(sha256);
      if (twin !== undefined)
        settle(item, { result: 'twice', reason: `The same content as ${twin.path}, which is sent once.` });
      else {
        first.set(sha256, item);
        toSend.push(item);
      }
    }
    onChange(item);
  }
  const asked = toSend.filter(({ digest, url }) => digest !== undefined && url === undefined);
  const files = asked.map(({ digest = '', instances: [one] }) => ({ sopInstanceUID: uidOf(one), sha256: digest }));
  const held = await heldOf(files, sender);
  for (const item of asked) {
    if (!held.has(item.digest ?? '')) continue;
    settle(item, { result: 'held' });
    onChange(item);
  }
  return toSend.filter(({ state }) => state !== 'done');
}

/** @param {import('../files/look.mjs').Instance | undefined} instance */
function uidOf(instance) {
  return instance?.head.sopInstanceUID ?? '';
}

/**
 * @param {import('./archive.mjs').Known[]} files
 * @param {Sender} sender
 * @returns {Promise<Set<string>>} the digests of those that the archive has
 */
async function heldOf(files, { archive, session, patience }) {
  const held = new Set();
  const askable = files.filter(({ sopInstanceUID }) => UID.test(sopInstanceUID));
  for (let at = 0; at < askable.length; at += MOST_KNOWN) {
    const some = askable.slice(at, at + MOST_KNOWN);
    for (const { sha256 } of await persist(() => archive.known(patience.signal, session, some), patience))
      held.add(sha256);
  }
  return held;
}

/**
 * Whether the archive has every file that is in a ZIP file. The first one decides whether unpacking the others is worthwhile.
 * @param {Item} item
 * @param {Sender} sender
 */
async function isHeld({ instances, isPartlyUnseen }, sender) {
  if (isPartlyUnseen) return false;
  const [first] = instances;
  for (const some of first === undefined ? [] : [[first], instances]) {
    const files = [];
    for (const instance of some) {
      sender.patience.signal.throwIfAborted();
      const sha256 = await instance.sha256?.().catch(() => undefined);
      if (sha256 === undefined) return false;
      files.push({ sopInstanceUID: uidOf(instance), sha256 });
    }
    const held = await heldOf(files, sender);
    if (!files.every(({ sha256 }) => held.has(sha256))) return false;
  }
  return first !== undefined;
}

/** @param {Item[]} unit @param {Sender} sender @returns {Promise<void>} */
async function sendUnit(unit, sender) {
  const { send, patience, onChange } = sender;
  for (const item of unit) item.state = 'sending';
  try {
    await persist(() => send(unit, patience.signal), patience);
  } catch (error) {
    const open = unit.filter(({ state }) => state === 'sending');
    if (error instanceof UnreadableFile) {
      settle(error.item, refused(error.message));
      const others = open.filter((item) => item !== error.item);
      if (others.length > 0) await sendUnit(others, sender);
      return;
    }
    // Every file may be refused for a reason of its own. These concern all of them.
    const isOwn = error instanceof ArchiveError && error.status >= 400 && ![401, 403, 404].includes(error.status);
    for (const item of open) {
      if (isOwn) settle(item, refused(error.message));
      else item.state = 'waiting';
    }
    if (!isOwn) throw error;
  } finally {
    for (const item of unit) onChange(item);
  }
}

/** A file that was there when it was chosen. */
export class UnreadableFile extends Error {
  /** @param {Item} item */
  constructor(item) {
    super('The file can no longer be read: it was changed, moved or deleted. Choose it again.');
    this.item = item;
  }
}

/**
 * Closes the session, and gives each file that was sent its outcome.
 * @param {readonly Item[]} items
 * @param {Sender} sender
 */
async function finish(items, { archive, session, patience, onChange }) {
  const { signal } = patience;
  const sent = items.filter(({ state }) => state === 'sent');
  if (sent.length === 0) return;
  await persist(() => archive.abandon(signal, session), patience);
  const { bySOP } = outcomesOf(await persist(() => archive.close(signal, session), patience).catch(nothingIfTooMany));
  for (const item of sent) {
    const isSure = item.kind === 'dicom' && bySOP.get(item.instances[0]?.head.sopInstanceUID ?? '')?.length === 1;
    const { url } = item;
    // The archive could not read the UIDs, the same UIDs were sent more than once, or there are several files in this one.
    if (isSure || url === undefined) give(item, { bySOP, unnamed: [] });
    else giveResults(item, await persist(() => archive.resultsOf(signal, url), patience));
    onChange(item);
  }
}

/** More results than one response can have: every upload is asked for its own. @param {unknown} error @returns {{}} */
function nothingIfTooMany(error) {
  if (error instanceof ArchiveError && error.status === 413) return {};
  throw error;
}

/** Makes files that were refused wait again. @param {readonly Item[]} items @returns {number} how many */
export function retry(items) {
  const failed = items.filter(({ instances }) => instances.some(({ outcome }) => outcome?.result === 'refused'));
  for (const item of failed) {
    item.state = 'waiting';
    item.sentBytes = 0;
    delete item.url;
    for (const instance of item.instances) delete instance.outcome;
  }
  return failed.length;
}
