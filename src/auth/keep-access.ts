import { keepAccess } from '../archive/access/keep-access';
import type { Archive } from '../archive/ports';
import type { AppContext } from '../dicomweb/context';
import { logFailure } from '../log';

/**
 * Copies the keys and shares that the request has changed into the bucket, after the answer. If this fails, the hourly run
 * copies them.
 */
export function keepAccessLater(c: AppContext, archive: Archive = c.get('wholeArchive')): void {
  const failed = (error: unknown) => logFailure('access-not-copied', error, { archive: archive.name });
  c.executionCtx.waitUntil(keepAccess(archive, Date.now()).then(() => undefined, failed));
}
