/** @typedef {import('../files/look.mjs').Item} Item */

/** Units that were found to be sent, for those who send them, while more are looked for. */
export class UnitQueue {
  /** @type {Item[][]} */
  #units = [];
  #hasEnded = false;
  #changes = new EventTarget();
  #signal;

  /** @param {AbortSignal} signal stops those who wait for a unit */
  constructor(signal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#changed());
  }

  /** @param {Item[]} unit */
  add(unit) {
    this.#units.push(unit);
    this.#changed();
  }

  /** No more units are added. */
  end() {
    this.#hasEnded = true;
    this.#changed();
  }

  /**
   * Takes the next unit, or waits for it. Rejects with the signal's reason.
   * @returns {Promise<Item[] | undefined>} undefined when all units were taken
   */
  async next() {
    for (;;) {
      this.#signal.throwIfAborted();
      const unit = this.#units.shift();
      if (unit !== undefined || this.#hasEnded) return unit;
      await new Promise((resolve) => this.#changes.addEventListener('change', resolve, { once: true }));
    }
  }

  #changed() {
    this.#changes.dispatchEvent(new Event('change'));
  }
}
