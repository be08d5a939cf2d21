import type { SeriesIdentity } from '../archive/identities';
import { logFailure } from '../log';
import type { AppContext } from './context';

/**
 * Requests copies of the frames of some series, if the deployment makes copies. They are requested once for a series,
 * not for each instance: many senders store one instance in each request, and a viewer requests one frame after the
 * other.
 */
export function requestCopies(c: AppContext, series: readonly SeriesIdentity[]): void {
  if (!c.get('config').frameCopies) return;
  const archive = c.get('archive');
  const now = Date.now();
  const wanted = c.get('copyRequests').due(archive.name, series, now);
  if (wanted.length === 0) return;
  c.executionCtx.waitUntil(
    archive.background
      .requestFrameCopies(wanted, now)
      .catch((error: unknown) => logFailure('copies-not-requested', error)),
  );
}
