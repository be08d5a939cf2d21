import { monotonic } from '../monotonic.mjs';
import { AssociationEnded, TimedOut } from './protocol-error.mjs';

/** The socket is paused while this number of bytes waits to be read. */
const HIGH_WATER = 256 * 1024;

/** The bytes of a socket, read on demand. While no bytes are read, the peer has to wait. */
export class ByteSource {
  /** @type {Buffer[]} */
  #chunks = [];
  #buffered = 0;
  /** @type {Error | undefined} */
  #end;
  #wake = () => {};
  #socket;

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (/** @type {Buffer} */ chunk) => {
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
      if (this.#buffered >= HIGH_WATER) socket.pause();
      this.#wake();
    });
    const end = (/** @type {string} */ reason) => {
      this.#end ??= new AssociationEnded(reason);
      this.#wake();
    };
    socket.on('end', () => end('the peer closed the connection'));
    socket.on('error', (error) => end(`the connection broke: ${/** @type {any} */ (error).code ?? 'error'}`));
    socket.on('close', () => end('the connection was closed'));
  }

  /**
   * @param {number} most
   * @param {number} milliseconds that it waits for the first byte
   * @returns {Promise<Buffer>} the bytes that have arrived: at least one, at most `most`
   * @throws {AssociationEnded}
   */
  async some(most, milliseconds) {
    if (this.#buffered === 0) await this.#arrival(milliseconds);
    const first = /** @type {Buffer} */ (this.#chunks[0]);
    const taken = first.length <= most ? first : first.subarray(0, most);
    if (taken === first) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(most);
    this.#buffered -= taken.length;
    if (this.#buffered < HIGH_WATER && this.#socket.isPaused()) this.#socket.resume();
    return taken;
  }

  /**
   * @param {number} length
   * @param {number} milliseconds that it waits for all of them
   * @returns {Promise<Buffer>} exactly `length` bytes
   * @throws {AssociationEnded}
   */
  async exactly(length, milliseconds) {
    const deadline = monotonic() + milliseconds;
    const pieces = [];
    for (let left = length; left > 0; ) {
      const piece = await this.some(left, Math.max(1, deadline - monotonic()));
      pieces.push(piece);
      left -= piece.length;
    }
    return pieces.length === 1 ? /** @type {Buffer} */ (pieces[0]) : Buffer.concat(pieces);
  }

  /** Drops all further bytes, so that the peer can finish sending and read the last PDU. */
  discard() {
    this.#chunks = [];
    this.#buffered = 0;
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
  }

  /** @param {number} milliseconds */
  async #arrival(milliseconds) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    let late = false;
    while (this.#buffered === 0) {
      if (this.#end) throw this.#end;
      if (late) throw new TimedOut('the peer sent nothing in time');
      await new Promise((resolve) => {
        this.#wake = () => resolve(undefined);
        timer ??= setTimeout(() => {
          late = true;
          this.#wake();
        }, milliseconds);
      });
    }
    clearTimeout(timer);
    this.#wake = () => {};
  }
}
