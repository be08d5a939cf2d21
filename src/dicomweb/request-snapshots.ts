import { logFailure } from '../log';
import type { AppContext } from './context';

/**
 * Asks the queue to copy changed rows into the bucket soon, after a change that the objects of the bucket do not show. If this
 * fails, the hourly run copies the rows.
 */
export function requestSnapshots(c: AppContext): void {
  const { background } = c.get('archive');
  c.executionCtx.waitUntil(
    background.requestSnapshots().catch((error: unknown) => logFailure('snapshots-not-requested', error)),
  );
}
