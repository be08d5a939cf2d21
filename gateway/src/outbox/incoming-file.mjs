import { createHash } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';

/** Bytes that are written at once. */
const WRITE_BYTES = 256 * 1024;

/** A file that is being received. It does not count before it is finished. */
export class IncomingFile {
  #path;
  #handle;
  #hash = createHash('sha256');
  /** @type {Uint8Array[]} */
  #waiting = [];
  #waitingBytes = 0;
  bytes = 0;

  /**
   * @param {string} path
   * @param {import('node:fs/promises').FileHandle} handle
   */
  constructor(path, handle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** @param {string} path of a new file */
  static async create(path) {
    return new IncomingFile(path, await open(path, 'wx', 0o600));
  }

  get path() {
    return this.#path;
  }

  /** @param {Uint8Array} piece */
  async write(piece) {
    this.#hash.update(piece);
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.bytes += piece.length;
    if (this.#waitingBytes >= WRITE_BYTES) await this.#flush();
  }

  /**
   * Brings the content to the disk.
   * @returns {Promise<string>} the SHA-256 in hexadecimal digits
   */
  async finish() {
    await this.#flush();
    await this.#handle.datasync();
    await this.#handle.close();
    return this.#hash.digest('hex');
  }

  async discard() {
    await this.#handle.close().catch(() => {});
    await unlink(this.#path).catch(() => {});
  }

  async #flush() {
    let pieces = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    while (pieces.length > 0) {
      const { bytesWritten } = await this.#handle.writev(pieces);
      pieces = behind(pieces, bytesWritten);
    }
  }
}

/**
 * The rest of pieces after their first bytes: a write may end early, for example when the disk is full.
 * @param {Uint8Array[]} pieces
 * @param {number} bytes
 */
function behind(pieces, bytes) {
  let at = bytes;
  return pieces.flatMap((piece) => {
    const skipped = Math.min(at, piece.length);
    at -= skipped;
    return skipped === piece.length ? [] : [piece.subarray(skipped)];
  });
}
