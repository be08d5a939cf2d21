import { randomUUID } from 'node:crypto';

/** Instances that the archive is asked about at a time. It takes 5,000. */
const AT_A_TIME = 1000;

/** The private block in which digests travel: docs/conformance.md of the archive, "Storage commitment". */
const CREATOR = 'DICOMWEB-EDGE COMMITMENT 1.0';

/** PS3.3 C.14.1.1. */
export const FailureReason = /** @type {const} */ ({
  ProcessingFailure: 0x0110,
  NoSuchObjectInstance: 0x0112,
});

/** @typedef {import('./pending-commitments.mjs').Reference & { sha256: string }} Forwarded */

/**
 * Asks the archive whether it holds these files (PS3.18 13.4). An instance is committed only when the archive answers with
 * the digest of the file that was forwarded.
 * @param {import('../archive/archive.mjs').Archive} archive
 * @param {readonly Forwarded[]} forwarded
 * @param {AbortSignal} [signal]
 * @returns {Promise<Map<string, number | undefined>>} by SOP Instance UID: the Failure Reason, or undefined: it is committed
 * @throws {import('../archive/archive.mjs').ArchiveError}
 */
export async function commitmentsOf(archive, forwarded, signal) {
  /** @type {Map<string, number | undefined>} */
  const results = new Map();
  for (let at = 0; at < forwarded.length; at += AT_A_TIME) {
    const some = forwarded.slice(at, at + AT_A_TIME);
    const { value } = await archive.json(`/commitment-requests/${newUID()}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/dicom+json' },
      body: JSON.stringify({ '00081199': { vr: 'SQ', Value: some.map(itemOf) } }),
      ...(signal ? { signal } : {}),
    });
    const committed = new Map(itemsOf(value, '00081199').map((item) => [uidOf(item), item]));
    const failed = new Map(itemsOf(value, '00081198').map((item) => [uidOf(item), item]));
    for (const { sopInstanceUID, sha256 } of some) {
      const isHeld = digestsOf(committed.get(sopInstanceUID)).includes(sha256);
      const reason = Number(failed.get(sopInstanceUID)?.['00081197']?.Value?.[0] ?? FailureReason.ProcessingFailure);
      results.set(sopInstanceUID, isHeld ? undefined : reason);
    }
  }
  return results;
}

/** @param {Forwarded} forwarded */
function itemOf({ sopClassUID, sopInstanceUID, sha256 }) {
  return {
    '00081150': { vr: 'UI', Value: [sopClassUID] },
    '00081155': { vr: 'UI', Value: [sopInstanceUID] },
    '00090010': { vr: 'LO', Value: [CREATOR] },
    '00091001': { vr: 'LO', Value: [sha256] },
  };
}

/** @typedef {Record<string, { Value?: any[] } | undefined>} Item */

/**
 * @param {any} dataSet
 * @param {string} tag
 * @returns {Item[]}
 */
function itemsOf(dataSet, tag) {
  return dataSet?.[tag]?.Value ?? [];
}

/** @param {Item} item */
function uidOf(item) {
  return String(item['00081155']?.Value?.[0]);
}

/**
 * The digests in the private block of an item.
 * @param {Item | undefined} item
 * @returns {unknown[]}
 */
export function digestsOf(item) {
  const creator = Object.keys(item ?? {}).find(
    (tag) => tag.startsWith('000900') && item?.[tag]?.Value?.[0] === CREATOR,
  );
  return (creator && item?.[`0009${creator.slice(6)}01`]?.Value) || [];
}

/** A UID for a transaction: PS3.5 B.2. */
function newUID() {
  return `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
}
