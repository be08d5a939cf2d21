import { statfs } from 'node:fs/promises';
import { monotonic } from '../monotonic.mjs';

/** A measurement is good for so many milliseconds. */
const FRESH = 500;

/** A disk that was not full for so many milliseconds counts as full anew. */
const FORGOTTEN = 600_000;

/** The free space of the disk of the outbox. */
export class DiskSpace {
  #folder;
  #least;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;
  free = Number.POSITIVE_INFINITY;
  /** Called when the disk has become too full, once for as long as it is. */
  onFull = () => {};

  /**
   * @param {string} folder
   * @param {number} least bytes that stay free
   */
  constructor(folder, least) {
    this.#folder = folder;
    this.#least = least;
  }

  /** As measured last. */
  get isShort() {
    return this.free < this.#least;
  }

  /** Measures again, unless that was just done. */
  async measure() {
    if (monotonic() - this.#measuredAt < FRESH) return;
    this.#measuredAt = monotonic();
    const { bavail, bsize } = await statfs(this.#folder);
    this.free = bavail * bsize;
    if (this.isShort) this.full();
  }

  /** A write has failed because the disk is full, or there is too little space. */
  full() {
    const isNew = monotonic() - this.#toldAt > FORGOTTEN;
    this.#toldAt = monotonic();
    if (isNew) this.onFull();
  }
}

/** Error codes of a disk that is full, or of a quota. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** @param {unknown} error */
export function isDiskFull(error) {
  return FULL.has(/** @type {{ code?: string }} */ (error).code ?? '');
}
