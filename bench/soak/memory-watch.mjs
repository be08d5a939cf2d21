import { writeFileSync } from 'node:fs';
import { commandLine, descendants } from '../../test/support/server/processes.ts';
import { median } from '../support/quantiles.mjs';
import { heapSnapshotOf } from './heap-snapshot.mjs';
import { heapOf, isolatesOf, residentParts, residentPlaces } from './memory.mjs';

/** Milliseconds between two looks at the processes. */
const SAMPLE_MS = 2000;

/** The isolates whose heaps are looked at: the archive's, and those that simulate D1, R2 and the queue. */
const ISOLATES = /^workerd: worker (core:user:dicomweb-edge|d1:db|r2:bucket|queues:queue|core:entry)$/;

/**
 * One moment, megabytes; `at`: part of the time, 0 to 1; `places`: see residentPlaces.
 * @typedef {{
 *   at: number, resident: number, anonymous: number, files: number, places: Record<string, number>,
 *   heaps: Record<string, { used: number, total: number, outside: number } | undefined>,
 * }} Look
 */

/** Watches the memory of the runtimes that `npm start` has started. */
export class MemoryWatch {
  /** @type {{ resident: number, anonymous: number, files: number }[]} */
  #samples = [];
  /** @type {Look[]} */
  looks = [];
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {number} parent the process of `npm start` */
  constructor(parent) {
    this.parent = parent;
  }

  begin() {
    this.#timer = setInterval(() => this.#samples.push(this.#now()), SAMPLE_MS);
  }

  end() {
    clearInterval(this.#timer);
  }

  /** Megabytes of all processes together. */
  #now() {
    const parts = this.#runtimes().map(residentParts);
    const sum = (/** @type {'resident' | 'anonymous' | 'files'} */ of) =>
      parts.reduce((total, part) => total + part[of], 0);
    return { resident: sum('resident'), anonymous: sum('anonymous'), files: sum('files') };
  }

  #runtimes() {
    return descendants(this.parent).filter((pid) => {
      try {
        return /workerd/.test(commandLine(pid).split(' ')[0] ?? '');
      } catch {
        return false;
      }
    });
  }

  /** Median megabytes of a quarter of the time, 0 to 3. @param {number} quarter */
  quarter(quarter) {
    const part = this.#samples.length / 4;
    const some = this.#samples.slice(Math.floor(quarter * part), Math.floor((quarter + 1) * part) + 1);
    return median(some.map(({ resident }) => resident));
  }

  /**
   * Collects garbage in each isolate, and notes what is left.
   * @param {number} at part of the time that has passed
   * @param {string} [snapshot] a file for a heap snapshot of the archive's isolate
   */
  async look(at, snapshot) {
    const heaps = /** @type {Look['heaps']} */ ({});
    const targets = (await Promise.all(this.#runtimes().map(isolatesOf))).flat();
    for (const { title, url } of targets) {
      const name = ISOLATES.exec(title)?.[1];
      if (name === undefined) continue;
      heaps[name] = await heapOf(url);
      if (snapshot !== undefined && name === 'core:user:dicomweb-edge') {
        const taken = await heapSnapshotOf(url);
        if (taken !== undefined) writeFileSync(snapshot, taken);
      }
    }
    const places = Object.assign({}, ...this.#runtimes().map(residentPlaces));
    this.looks.push({ at, ...this.#now(), heaps, places });
  }
}
