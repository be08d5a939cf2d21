import type { Steps } from '../dicom/steps';
import { Pauses } from '../imaging/pauses';

/**
 * Does long work piece by piece, and lets other requests run between the pieces. It does not look at the clock, as giveTurn
 * does: in a deployment, the clock stands still while an isolate computes.
 */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  const pauses = new Pauses(1);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await pauses.pause();
  }
}
