/** After this number of failures in a row, requests become smaller: an unreliable line may let small ones through. */
const FAILURES_BEFORE_SMALLER = 2;

/** How long a request to the archive may be, as far as is known. */
export class RequestLength {
  /** Bytes that the archive accepts. */
  #most;
  /** Bytes that the next request may have. */
  #bytes;

  /** @param {number} bytes at first */
  constructor(bytes) {
    this.#most = bytes;
    this.#bytes = bytes;
  }

  get bytes() {
    return this.#bytes;
  }

  /** The archive has taken a request: the line lets longer ones through again. */
  answered() {
    this.#bytes = this.#most;
  }

  /** The archive has refused a request for its length. */
  tooLarge() {
    this.#halve();
    this.#most = this.#bytes;
  }

  /** The line has dropped a request. @param {number} failures in a row */
  dropped(failures) {
    if (failures > FAILURES_BEFORE_SMALLER) this.#halve();
  }

  #halve() {
    this.#bytes = Math.max(1, Math.floor(this.#bytes / 2));
  }
}
