import { AssociationEnded } from './protocol-error.mjs';

/**
 * The data set of a message, as it arrives: an async iterable of pieces, which can be read once. Nothing is collected: the
 * peer has to wait until the next piece is read.
 * @implements {AsyncIterable<Buffer>}
 */
export class IncomingData {
  #next;
  #ended = false;
  /** @type {unknown} */
  #failure;
  /** @type {Promise<void> | undefined} */
  #drained;
  /** Resolves when the last piece was taken. */
  ended;
  #resolveEnded = () => {};

  /** @param {() => Promise<Buffer | undefined>} next the next piece, undefined at the end */
  constructor(next) {
    this.#next = next;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = () => resolve(undefined);
    });
  }

  /** @returns {AsyncIterator<Buffer, undefined>} */
  [Symbol.asyncIterator]() {
    // Without `return`: a reader that stops early leaves the rest to `drain`.
    return {
      next: async () => {
        const value = await this.#take();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
    };
  }

  /** Reads what the handler left, so that the next message can be read. */
  drain() {
    this.#drained ??= (async () => {
      while ((await this.#take()) !== undefined);
    })();
    return this.#drained;
  }

  async #take() {
    if (this.#ended) return undefined;
    // After an error, the position in the stream is unknown.
    if (this.#failure) throw this.#failure;
    try {
      const piece = await this.#next();
      if (piece === undefined) {
        this.#ended = true;
        this.#resolveEnded();
      }
      return piece;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

/**
 * @param {AsyncIterable<Buffer>} data
 * @param {number} most bytes
 * @returns {Promise<Buffer>}
 * @throws {AssociationEnded} if there are more
 */
export async function collect(data, most) {
  const pieces = [];
  let length = 0;
  for await (const piece of data) {
    length += piece.length;
    if (length > most) throw new AssociationEnded('a data set is longer than allowed for its message');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
