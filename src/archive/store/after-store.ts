import { logFailure } from '../../log';
import type { DuplicatePolicy } from '../commit-group';
import type { SeriesIdentity } from '../identities';
import type { Archive } from '../ports';
import type { StoreResult } from './store-result';

/**
 * Asks for the work in the background that follows a store: to merge scattered metadata, and to copy rows into the
 * bucket where its objects do not show which version counts. If the message is lost, the hourly run does the work.
 */
export async function askAfterStore(
  { background }: Pick<Archive, 'background'>,
  { results, scattered }: { readonly results: readonly StoreResult[]; readonly scattered: readonly SeriesIdentity[] },
  duplicates: DuplicatePolicy,
): Promise<void> {
  const isUnclear = duplicates === 'replace' || results.some(({ result }) => result === 'kept' || result === 'aside');
  try {
    if (scattered.length > 0) await background.requestCompaction(scattered);
    if (isUnclear) await background.requestSnapshots();
  } catch (error) {
    logFailure('work-not-requested', error);
  }
}
