import { BackOff } from './back-off.mjs';

/**
 * @typedef {import('../outbox/entry-name.mjs').Entry} Entry
 *
 * @typedef {object} History of an entry that was not stored when it was sent
 * @property {number} attempts answers that did not say that the entry is stored
 * @property {boolean} alone whether it is sent in a request of its own
 * @property {boolean} large whether it is sent by a resumable upload
 * @property {BackOff} backOff
 */

/** What happened to entries, as long as this process runs. */
export class EntryHistories {
  #limits;
  /** @type {WeakMap<Entry, History>} */
  #histories = new WeakMap();

  /** @param {{ first: number, longest: number }} limits of the waiting times, in milliseconds */
  constructor(limits) {
    this.#limits = limits;
  }

  /** @param {Entry} entry */
  attempts(entry) {
    return this.#histories.get(entry)?.attempts ?? 0;
  }

  /** @param {Entry} entry */
  isLarge(entry) {
    return this.#histories.get(entry)?.large === true;
  }

  /** @param {Entry} entry */
  stateOf(entry) {
    const history = this.#histories.get(entry);
    if (history && history.backOff.left > 0) return 'later';
    return history?.alone || history?.large ? 'alone' : 'ready';
  }

  /** @param {Entry} entry */
  setLarge(entry) {
    this.#of(entry).large = true;
  }

  /**
   * The entry was not stored: it is sent again later, alone.
   * @param {Entry} entry
   * @returns {number} how often that has happened
   */
  failed(entry) {
    const history = this.#of(entry);
    history.attempts++;
    history.alone = true;
    history.backOff.failed();
    return history.attempts;
  }

  /** @param {Entry} entry */
  #of(entry) {
    let history = this.#histories.get(entry);
    if (!history) {
      const backOff = new BackOff(this.#limits.first, this.#limits.longest);
      history = { attempts: 0, alone: false, large: false, backOff };
      this.#histories.set(entry, history);
    }
    return history;
  }
}
