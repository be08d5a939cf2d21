import { open } from 'node:fs/promises';
import { isDiskFull } from './disk-space.mjs';

/**
 * Bytes that a file reserves on the disk for further lines, about 600 confirmations. Confirmed instances leave the outbox,
 * so a full disk has room again after a few of them.
 */
const RESERVED = 256 * 1024;

const PIECE = 64 * 1024;
const SPACE = 0x20;
const LINE_FEED = 0x0a;

/**
 * A file to which lines are appended. After the last line it has spaces, which the next lines overwrite: so a line can be
 * written although the disk is full.
 */
export class JournalFile {
  #handle;
  /** Where the next line begins. */
  #end;
  #size;
  #isCut;

  /**
   * @param {import('node:fs/promises').FileHandle} handle
   * @param {number} size
   * @param {number} end behind the last byte of a line
   */
  constructor(handle, size, end) {
    this.#handle = handle;
    this.#size = size;
    this.#end = end;
    // A crash may have cut the last line short. A line feed ends it, so that the next line can be read.
    this.#isCut = end > 0;
  }

  /** @param {string} path */
  static async open(path) {
    const handle = await open(path, 'r+').catch((error) => {
      if (error.code !== 'ENOENT') throw error;
      return open(path, 'wx+', 0o600);
    });
    try {
      const { size } = await handle.stat();
      return new JournalFile(handle, size, await endOf(handle, size));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get isEmpty() {
    return this.#end === 0;
  }

  /** Bytes that can be written although the disk is full. */
  get room() {
    return this.#size - this.#end;
  }

  /**
   * Reserves room on the disk.
   * @param {number} [bytes] of the next lines
   */
  async reserve(bytes = 0) {
    const spaces = Buffer.alloc(PIECE, SPACE);
    const wanted = this.#end + bytes + RESERVED;
    try {
      while (this.#size < wanted) {
        const { bytesWritten } = await this.#handle.write(spaces, 0, PIECE, this.#size);
        this.#size += bytesWritten;
      }
    } finally {
      await this.#handle.datasync();
    }
  }

  /**
   * @param {string} lines each one ends with a line feed
   * @returns {Promise<void>} when they survive a loss of power
   */
  async append(lines) {
    const bytes = Buffer.from(this.#isCut ? `\n${lines}` : lines);
    if (this.room < bytes.length + RESERVED / 2) {
      await this.reserve(bytes.length).catch((error) => {
        if (!isDiskFull(error) || this.room < bytes.length) throw error;
      });
    }
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, this.#end + at);
      at += bytesWritten;
    }
    await this.#handle.datasync();
    this.#end += bytes.length;
    this.#isCut = false;
  }

  /** Closes the file. The room stays for the next time. */
  async close() {
    await this.#handle.close();
  }

  /** Closes the file. Nothing can be written afterwards. */
  async end() {
    await this.#handle.truncate(this.#end).catch(() => {});
    await this.close();
  }
}

/**
 * @param {import('node:fs/promises').FileHandle} handle
 * @param {number} size
 */
async function endOf(handle, size) {
  const piece = Buffer.alloc(PIECE);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - PIECE);
    const { bytesRead } = await handle.read(piece, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (piece[at] !== SPACE && piece[at] !== LINE_FEED) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
