import { monotonic } from '../monotonic.mjs';

/**
 * @typedef {object} Window hours of the day, in the time zone of the machine
 * @property {number} from minutes since midnight
 * @property {number} to minutes since midnight; before `from`, if midnight lies between
 * @property {number} bytesPerSecond 0: nothing is sent
 */

/** Bytes may be sent at most this long before the rate allows them. */
const BURST_SECONDS = 0.25;

/** Limits how much is sent in a second, by the hours of the day. All requests share it. */
export class Bandwidth {
  #usual;
  #windows;
  #now;
  /** The time at which the rate has allowed all bytes that were taken, by monotonic(). */
  #paidUntil = 0;

  /**
   * @param {number} usual bytes a second outside the windows; Infinity: no limit; 0: nothing is sent
   * @param {readonly Window[]} windows the first that contains the time counts
   * @param {() => Date} [now]
   */
  constructor(usual, windows, now = () => new Date()) {
    this.#usual = usual;
    this.#windows = windows;
    this.#now = now;
  }

  /** Bytes a second, at this time. */
  get rate() {
    const now = this.#now();
    const minute = now.getHours() * 60 + now.getMinutes();
    const window = this.#windows.find(({ from, to }) =>
      from <= to ? minute >= from && minute < to : minute >= from || minute < to,
    );
    return window ? window.bytesPerSecond : this.#usual;
  }

  /**
   * Waits until the rate allows these bytes. A request that has begun is finished, even if a window closes meanwhile.
   * @param {number} bytes
   */
  async take(bytes) {
    const { rate } = this;
    if (rate === Number.POSITIVE_INFINITY || rate === 0) return;
    const now = monotonic();
    this.#paidUntil = Math.max(this.#paidUntil, now - BURST_SECONDS * 1000) + (bytes / rate) * 1000;
    const wait = this.#paidUntil - now;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
