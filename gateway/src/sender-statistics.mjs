import { monotonic } from './monotonic.mjs';

/** The rate is that of the last minute. */
const SECONDS = 60;

/**
 * @typedef {object} SenderFigures of an AE title, since the start
 * @property {number} received instances that were acknowledged
 * @property {number} receivedBytes
 * @property {number} receivedAgain of them, while the same file waited already: it is forwarded once
 * @property {number} failed C-STORE requests that were answered with a failure
 * @property {number} forwarded
 * @property {number} forwardedBytes
 * @property {number} refused instances that the archive refused
 * @property {{ at: number, text: string } | undefined} lastError
 */

/** What happened for each AE title. */
export class SenderStatistics {
  /** Associations that were refused. */
  rejected = 0;

  /** @type {Map<string, SenderFigures & { seconds: Map<number, number> }>} */
  #senders = new Map();

  /** Other AE titles share one line, because a sender can invent any number of them. */
  #most = 1000;

  /**
   * @param {string} aeTitle
   * @param {number} bytes
   * @param {boolean} isAgain the same file waits already
   */
  received(aeTitle, bytes, isAgain) {
    const sender = this.#of(aeTitle);
    sender.received++;
    sender.receivedBytes += bytes;
    if (isAgain) sender.receivedAgain++;
    const now = second();
    sender.seconds.set(now, (sender.seconds.get(now) ?? 0) + 1);
    for (const one of sender.seconds.keys()) {
      if (one > now - SECONDS) break;
      sender.seconds.delete(one);
    }
  }

  /**
   * @param {string} aeTitle
   * @param {number} status
   */
  failed(aeTitle, status) {
    this.#of(aeTitle).failed++;
    this.error(aeTitle, `C-STORE was answered with status ${status.toString(16).toUpperCase().padStart(4, '0')}`);
  }

  /**
   * @param {string} aeTitle
   * @param {number} bytes
   */
  forwarded(aeTitle, bytes) {
    const sender = this.#of(aeTitle);
    sender.forwarded++;
    sender.forwardedBytes += bytes;
  }

  /** @param {string} aeTitle */
  refused(aeTitle) {
    this.#of(aeTitle).refused++;
  }

  /**
   * @param {string} aeTitle
   * @param {string} text
   */
  error(aeTitle, text) {
    this.#of(aeTitle).lastError = { at: Date.now(), text };
  }

  /** @returns {Map<string, SenderFigures & { rate: number }>} rate: instances received a second */
  figures() {
    const first = second() - SECONDS;
    return new Map(
      [...this.#senders].map(([aeTitle, { seconds, ...figures }]) => {
        const recent = [...seconds].reduce((sum, [at, count]) => (at > first ? sum + count : sum), 0);
        return [aeTitle, { ...figures, rate: recent / SECONDS }];
      }),
    );
  }

  /** @param {string} aeTitle */
  #of(aeTitle) {
    const name = this.#senders.has(aeTitle) || this.#senders.size < this.#most ? aeTitle : '(others)';
    let sender = this.#senders.get(name);
    if (!sender) {
      sender = {
        received: 0,
        receivedBytes: 0,
        receivedAgain: 0,
        failed: 0,
        forwarded: 0,
        forwardedBytes: 0,
        refused: 0,
        lastError: undefined,
        seconds: new Map(),
      };
      this.#senders.set(name, sender);
    }
    return sender;
  }
}

function second() {
  return Math.floor(monotonic() / 1000);
}
