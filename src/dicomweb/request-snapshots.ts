import { logFailure } from '../log';
import type { AppContext } from './context';

/**
 * Asks to copy changed rows into the bucket soon, after a change of which the objects alone do not tell. Should that fail, the
 * hourly run copies them.
 */
export function requestSnapshots(c: AppContext): void {
  const { background } = c.get('archive');
  c.executionCtx.waitUntil(
    background.requestSnapshots().catch((error: unknown) => logFailure('snapshots-not-requested', error)),
  );
}
