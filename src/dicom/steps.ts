/**
 * Long work that yields after each piece of some milliseconds, so that the only thread of an isolate can do something else
 * in between. It returns its result.
 */
export type Steps<T> = Generator<void, T, void>;

/** Does all of the work at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Attributes, items or values of a data set that make one piece of work. */
const PIECE = 4096;

/** Says when the next piece of work is done. What does one job together shares one of these. */
export class Progress {
  #done = 0;
  readonly #piece: number;

  /** @param piece what makes one piece of work, where one takes longer than an attribute */
  constructor(piece = PIECE) {
    this.#piece = piece;
  }

  /** Counts an attribute, an item or a value. @returns whether the work should yield */
  due(): boolean {
    this.#done += 1;
    if (this.#done < this.#piece) return false;
    this.#done = 0;
    return true;
  }
}
