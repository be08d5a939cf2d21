import type { Archive } from '../../../src/archive/ports';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { sweep } from '../../../src/archive/remove/sweep';
import type { SweepReport } from '../../../src/archive/remove/sweep-index';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import type { ArchiveClient } from '../clients/archive-client';

export const DAY = 86_400_000;

/** One run of the sweeper, this long from now, in a deployment with the default settings. @param after milliseconds */
export async function sweepAfter(archive: Archive, after: number): Promise<SweepReport> {
  return await sweep(archive, Date.now() + after, DEFAULT_DUPLICATES.retentionMs);
}

/** The two runs that are needed to reclaim an orphan: one finds it, the other runs when the retention time is over. */
export async function sweepAway(archive: Archive): Promise<void> {
  // The archive of a deployment has its id from the first request on.
  await beginArchive(archive, Date.now());
  await sweepAfter(archive, 2 * DAY);
  await sweepAfter(archive, 33 * DAY);
}

/** The keys under an archive's prefix, without the object that contains the archive's id. */
export async function keysOf({ bindings, prefix }: Pick<ArchiveClient, 'bindings' | 'prefix'>): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await bindings.bucket.list({ prefix: `${prefix}/`, ...(cursor ? { cursor } : {}) });
    found.push(...page.objects.map(({ key }) => key));
    if (!page.truncated) return found.filter((key) => key !== `${prefix}/archive-id`);
    cursor = page.cursor;
  }
}
