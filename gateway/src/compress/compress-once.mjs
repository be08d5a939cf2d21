import { isDiskFull } from '../outbox/disk-space.mjs';
import { compressed } from './compress.mjs';

/** @typedef {import('../outbox/entry-name.mjs').Entry} Entry */

/**
 * Compresses each entry before it is sent for the first time. From then on the shorter file is the entry: it is the one whose
 * digest the journal notes when the archive has stored it, and for which the archive is asked at a storage commitment. If it
 * cannot be written, the entry is sent as it is.
 * @param {import('../outbox/outbox.mjs').Outbox} outbox
 * @returns {(entry: Entry) => Promise<void>}
 */
export function compressOnce(outbox) {
  /** @type {WeakSet<Entry>} */
  const seen = new WeakSet();
  return async (entry) => {
    if (seen.has(entry)) return;
    seen.add(entry);
    const file = await compressed(entry, outbox.path(entry), () => outbox.create()).catch(() => undefined);
    if (file === undefined) return;
    await outbox.replace(entry, file).catch(async (error) => {
      if (!isDiskFull(error)) throw error;
      await file.discard();
    });
  };
}
