import { statfs } from 'node:fs/promises';
import { monotonic } from '../monotonic.mjs';

/** Milliseconds for which a measurement is used. */
const FRESH = 500;

/** A disk that becomes full after this number of milliseconds is reported again. */
const FORGOTTEN = 600_000;

/** The free space of the disk of the outbox. */
export class DiskSpace {
  #folder;
  #least;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;
  free = Number.POSITIVE_INFINITY;
  /** Called once when the disk becomes too full. */
  onFull = () => {};

  /**
   * @param {string} folder
   * @param {number} least bytes that stay free
   */
  constructor(folder, least) {
    this.#folder = folder;
    this.#least = least;
  }

  /** Whether less space is free than must stay free, by the last measurement. */
  get isShort() {
    return this.free < this.#least;
  }

  /** Measures the free space, unless it was measured just now. */
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
