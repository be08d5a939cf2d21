import type { HeldLease } from './lease';
import type { LedgerLimits } from './ledger-limits';
import type { Waiter } from './waiter';

/** Rounds in which a small request may overtake a larger one that waits. */
const ROUNDS_OVERTAKEN = 8;

/**
 * Small images that may always be worked on beside a large one that waits, each of the largest small size: a large image waits for
 * seconds where clients take large answers slowly, and viewers ask for small ones meanwhile.
 */
const SMALL_AT_ONCE = 2;

/**
 * Whether a waiter may take memory before an earlier one for which there is not enough yet. A request that already holds
 * memory may, so that no other request waits for that memory. A small request may for a while, and after that if it leaves
 * room for the earlier one.
 * @param round the present round
 * @param leases all memory that requests hold
 */
export function mayOvertake(
  { bytes, coded }: Waiter,
  blocked: Waiter,
  round: number,
  leases: Iterable<HeldLease>,
  { shared, small }: LedgerLimits,
): boolean {
  const holdsMemory = coded !== undefined;
  if (holdsMemory && blocked.bytes > shared) return true;
  if (bytes > small) return false;
  if (round - blocked.since < ROUNDS_OVERTAKEN) return true;
  const forSmallImages = SMALL_AT_ONCE * small;
  return blocked.bytes + forSmallImages <= shared && heldBySmallImages(leases, small) + bytes <= forSmallImages;
}

/** Bytes of the images that were small when they took their memory. */
function heldBySmallImages(leases: Iterable<HeldLease>, small: number): number {
  let held = 0;
  for (const { purpose, bytes, taken } of leases) if (purpose === 'image' && taken <= small) held += bytes;
  return held;
}
