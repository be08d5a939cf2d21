import { mayPass } from './outcome.mjs';

/** After this number of temporary failures, an instance is put aside, so that it does not delay others. */
const MOST_ATTEMPTS = 12;

/** Entries that are confirmed together. Their lines fit into the room that the journal keeps for a full disk. */
const AT_A_TIME = 200;

/** Failure Reason: another file is stored under the same UIDs (PS3.7 annex C). */
const DUPLICATE = '0111';

/**
 * @typedef {import('../outbox/entry-name.mjs').Entry} Entry
 * @typedef {import('../outbox/refused.mjs').Refusal} Refusal
 * @typedef {import('./store-answer.mjs').StoreAnswer} StoreAnswer
 *
 * @typedef {object} Trouble why nothing was forwarded
 * @property {'no-answer' | 'wait' | 'configuration' | 'disk-full'} kind
 * @property {string} reason
 *
 * @typedef {object} Observer
 * @property {(entry: Entry) => void} onForwarded
 * @property {(entry: Entry, refusal: Refusal, path: string) => void} onRefused
 * @property {(entries: readonly Entry[], trouble: Trouble) => void} onTrouble
 * @property {(entry: Entry) => void} onLost the file of an entry is missing
 *
 * @typedef {object} ResultParts
 * @property {import('../outbox/outbox.mjs').Outbox} outbox
 * @property {import('../outbox/confirmation-journal.mjs').ConfirmationJournal} confirmations
 * @property {import('../outbox/refused.mjs').RefusedInstances} refused
 * @property {(entry: Entry, signal: AbortSignal) => Promise<string | undefined>} storedBefore the SHA-256 of the archive's
 *   file, if it has the same data set as the entry
 * @property {Observer} observer
 */

/**
 * Decides by the archive's answer what happens to each entry: it is confirmed and leaves the outbox, is sent again later,
 * or is refused and put aside. An entry leaves the outbox only after its line in the journal is on the disk.
 */
export class ConfirmOrRefuse {
  #parts;
  #histories;
  #stopped;

  /**
   * @param {ResultParts} parts
   * @param {import('./entry-histories.mjs').EntryHistories} histories
   * @param {AbortSignal} stopped
   */
  constructor(parts, histories, stopped) {
    this.#parts = parts;
    this.#histories = histories;
    this.#stopped = stopped;
  }

  /**
   * Settles a batch for which the archive has answered, instance by instance.
   * @param {readonly Entry[]} batch
   * @param {StoreAnswer} results
   * @param {number | undefined} status of the answer
   */
  async settle(batch, results, status) {
    const isStored = (/** @type {Entry} */ { sopInstanceUID }) => {
      const result = results.get(sopInstanceUID);
      return result !== undefined && result.failureReason === undefined;
    };
    const stored = batch.filter(isStored);
    for (let at = 0; at < stored.length; at += AT_A_TIME)
      await this.#confirm(stored.slice(at, at + AT_A_TIME), results);
    for (const entry of batch) if (!isStored(entry)) await this.#settleFailure(entry, results, status);
  }

  /**
   * @param {Entry} entry which the archive did not store
   * @param {StoreAnswer} results
   * @param {number | undefined} status
   */
  async #settleFailure(entry, results, status) {
    const result = results.get(entry.sopInstanceUID);
    if (result?.failureReason === DUPLICATE) {
      const sha256 = await this.#parts.storedBefore(entry, this.#stopped);
      if (sha256 !== undefined) return this.#confirm([entry], results, sha256);
    }
    const refusal = {
      reason: result ? 'the archive refused the instance' : 'the archive did not say what became of the instance',
      failureReason: result?.failureReason,
      status,
    };
    return mayPass(result?.failureReason, status) ? this.sendAgain(entry, refusal) : this.refuse(entry, refusal);
  }

  /**
   * @param {readonly Entry[]} entries
   * @param {StoreAnswer} results
   * @param {string} [digest] of the archive's file, if it differs from the entry's file
   */
  async #confirm(entries, results, digest) {
    const { confirmations, outbox, observer } = this.#parts;
    const confirmedAt = Date.now();
    await confirmations.append(
      entries.map(({ sopInstanceUID, studyInstanceUID, sha256, aeTitle }) => {
        const { sopClassUID = '', heldDigest = sha256 } = results.get(sopInstanceUID) ?? {};
        return { sopInstanceUID, sopClassUID, studyInstanceUID, sha256: digest ?? heldDigest, aeTitle, confirmedAt };
      }),
    );
    for (const entry of entries) {
      await outbox.remove(entry);
      observer.onForwarded(entry);
    }
  }

  /**
   * Sends an entry again later, alone. When the archive has refused it with a reason too often, the entry is put aside,
   * except when the archive has no room: then the gateway waits. When no reason was given, the entry stays in the outbox
   * and an alert is sent.
   * @param {Entry} entry
   * @param {Refusal} refusal
   */
  async sendAgain(entry, refusal) {
    const { failureReason } = refusal;
    const isTooMuch = this.#histories.failed(entry) >= MOST_ATTEMPTS;
    if (isTooMuch && failureReason !== undefined && !failureReason.startsWith('A7')) {
      await this.refuse(entry, refusal);
      return;
    }
    const reason = `${refusal.reason} ${failureReason ?? ''}`.trim();
    this.#parts.observer.onTrouble([entry], { kind: isTooMuch ? 'configuration' : 'wait', reason });
  }

  /**
   * Puts an instance aside and does not send it again. A later request for its storage commitment gets this as the
   * answer.
   * @param {Entry} entry
   * @param {Refusal} refusal
   */
  async refuse(entry, refusal) {
    const { sopInstanceUID, studyInstanceUID, sha256, aeTitle } = entry;
    const named = { sopInstanceUID, sopClassUID: '', studyInstanceUID, sha256, aeTitle };
    await this.#parts.confirmations.append([{ ...named, confirmedAt: Date.now(), isRefused: true }]);
    const path = await this.#parts.refused.add(entry, refusal);
    this.#parts.observer.onRefused(entry, refusal, path);
  }

  /**
   * The file of an entry cannot be sent.
   * @param {Entry} entry
   */
  async damaged(entry) {
    const { outbox, observer } = this.#parts;
    if (!(await outbox.has(entry))) {
      outbox.forget(entry);
      observer.onLost(entry);
      return;
    }
    await this.refuse(entry, {
      reason: 'the file has changed on the disk of the gateway',
      failureReason: undefined,
      status: undefined,
    });
  }
}
