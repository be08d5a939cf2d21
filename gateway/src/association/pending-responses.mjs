import { isPending } from './command-set.mjs';

/** @typedef {import('./exchange.mjs').Response} Response */

/** The gateway's requests that wait for responses, by Message ID. */
export class PendingResponses {
  /** @type {Map<number, { push(response: Response): void, fail(error: Error): void }>} */
  #waiting = new Map();

  /**
   * @param {number} messageID of a request
   * @returns {AsyncIterable<Response>} its responses up to the last one, as they arrive
   */
  of(messageID) {
    /** @type {Response[]} */
    const arrived = [];
    /** @type {Error | undefined} */
    let failure;
    let wake = () => {};
    this.#waiting.set(messageID, {
      push: (response) => {
        arrived.push(response);
        if (!isPending(Number(response.command.Status))) this.#waiting.delete(messageID);
        wake();
      },
      fail: (error) => {
        failure = error;
        wake();
      },
    });
    return (async function* () {
      for (;;) {
        const response = arrived.shift();
        if (response) {
          yield response;
          if (!isPending(Number(response.command.Status))) return;
        } else if (failure) throw failure;
        else {
          await new Promise((resolve) => {
            wake = () => resolve(undefined);
          });
        }
      }
    })();
  }

  /** @param {number} messageID */
  has(messageID) {
    return this.#waiting.has(messageID);
  }

  /**
   * @param {number} messageID
   * @param {Response} response
   */
  push(messageID, response) {
    this.#waiting.get(messageID)?.push(response);
  }

  /** @param {Error} error that ends all of them */
  fail(error) {
    for (const waiting of this.#waiting.values()) waiting.fail(error);
    this.#waiting.clear();
  }
}
