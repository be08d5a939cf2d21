import { monotonic } from '../monotonic.mjs';
/**
 * How long to wait after failures: twice as long each time, with jitter, so that many gateways do not try again at the
 * same time.
 */
export class BackOff {
  #first;
  #longest;
  #random;
  #failures = 0;
  #until = 0;

  /**
   * @param {number} first milliseconds
   * @param {number} longest milliseconds
   * @param {() => number} [random]
   */
  constructor(first, longest, random = Math.random) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
  }

  /** Milliseconds that are still to wait. */
  get left() {
    return Math.max(0, this.#until - monotonic());
  }

  get failures() {
    return this.#failures;
  }

  /** @param {number} [atLeast] milliseconds that the archive asked for */
  failed(atLeast = 0) {
    // Requests that failed at the same time are one failure.
    if (this.left === 0) this.#failures++;
    const step = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#failures - 1, 30));
    const wait = Math.max(step * (0.5 + this.#random() / 2), atLeast);
    this.#until = Math.max(this.#until, monotonic() + wait);
  }

  succeeded() {
    this.#failures = 0;
    this.#until = 0;
  }
}
