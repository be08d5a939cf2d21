import { quantile } from '../support/quantiles.mjs';

/** Failures that are written out; more are only counted. */
const WRITTEN = 20;

/** What the load has measured, and what was wrong. */
export class Figures {
  /** @type {Map<string, number[]>} milliseconds of each answer, by what was asked */
  #times = new Map();
  /** @type {string[]} */
  failures = [];
  failureCount = 0;
  /** Answers of 503 with Retry-After: the archive asked the client to come again. */
  askedAgain = 0;
  /** Sockets that the load destroyed. */
  abandoned = 0;

  /** @param {string} kind @param {number} ms */
  time(kind, ms) {
    const times = this.#times.get(kind) ?? [];
    times.push(ms);
    this.#times.set(kind, times);
  }

  /** @param {string} what */
  fail(what) {
    this.failureCount += 1;
    if (this.failures.length < WRITTEN) this.failures.push(what);
  }

  get answers() {
    return [...this.#times.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Milliseconds of each kind: the median, 95 %, 99 % and the longest. */
  rows() {
    return [...this.#times].sort().map(([name, times]) => ({
      name,
      count: times.length,
      marks: [0.5, 0.95, 0.99, 1].map((part) => Math.max(0.1, quantile(times, part))),
    }));
  }
}
