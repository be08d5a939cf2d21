import { isDiskFull } from '../outbox/disk-space.mjs';
import { compressed } from './compress.mjs';

/** @typedef {import('../outbox/entry-name.mjs').Entry} Entry */

/**
 * Compresses each entry before it is sent for the first time. From then on the entry is the shorter file: the journal
 * notes its digest when the archive has stored it, and a storage commitment request asks for this digest. If the shorter
 * file cannot be written, the entry is sent unchanged.
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
