import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Bytes that are read and sent at once. */
const PIECE_BYTES = 64 * 1024;

/** The file of an entry is missing, or differs from the file that was received. */
export class DamagedFile extends Error {
  /** @param {import('../outbox/entry-name.mjs').Entry} entry */
  constructor(entry) {
    super('a file of the outbox has changed');
    this.name = 'DamagedFile';
    this.entry = entry;
  }
}

/**
 * The bytes of an entry. They are compared with the digest at the end, before the last piece is given: so the bytes that
 * were sent are those that their digest announces.
 * @param {import('../outbox/entry-name.mjs').Entry} entry
 * @param {string} path
 * @returns {AsyncGenerator<Buffer>}
 * @throws {DamagedFile}
 */
export async function* entryBytes(entry, path) {
  const handle = await open(path, 'r').catch(() => undefined);
  if (!handle) throw new DamagedFile(entry);
  const hash = createHash('sha256');
  try {
    for (let at = 0; at < entry.bytes; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, entry.bytes - at));
      const { bytesRead } = await handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new DamagedFile(entry);
      at += bytesRead;
      const read = piece.subarray(0, bytesRead);
      hash.update(read);
      if (at === entry.bytes && hash.digest('hex') !== entry.sha256) throw new DamagedFile(entry);
      yield read;
    }
  } finally {
    await handle.close();
  }
}
