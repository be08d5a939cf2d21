import { counted } from '../support/counted.mjs';

/** Up to this number the archive counts the studies that wait: src/observability/backup.ts. */
const COUNTED = 1000;

/**
 * Says how many of the changed studies are noted. The archive's own run notes some of them meanwhile, and others change.
 * @param {(line: string) => void} say
 */
export function noting(say) {
  let done = 0;
  let total = 0;
  return (/** @type {number} */ taken, /** @type {number} */ waiting) => {
    done = Math.max(done + taken, total - waiting);
    total = waiting < COUNTED ? done + waiting : 0;
    if (taken > 0)
      say(
        total > 0
          ? `${done} of ${counted(total, 'changed study', 'changed studies')} noted`
          : `${counted(done, 'changed study', 'changed studies')} noted, ${COUNTED} or more wait`,
      );
  };
}
