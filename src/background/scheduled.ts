import type { Archive } from '../archive/ports';
import { sweep } from '../archive/remove/sweep';
import { followConfiguration } from '../archive/search-attributes/reindex';
import type { Config } from '../config';
import { logEvent, logFailure } from '../log';

/**
 * The hourly run: the sweeper, and then the search attributes of the configuration. A failure of one does not keep the other
 * from running.
 * @throws the first error, so that the platform notes the run as failed
 */
export async function runHourly(archive: Archive, { duplicates, searchAttributes }: Config): Promise<void> {
  const runs = [
    async () => {
      const { deleted, stopped, orphansWaiting } = await sweep(archive, Date.now(), duplicates.retentionMs);
      if (stopped === undefined) logEvent('sweep-done', { archive: archive.name, ...deleted, orphansWaiting });
    },
    () => followConfiguration(archive, searchAttributes, Date.now(), true),
  ];
  const errors: unknown[] = [];
  for (const run of runs) {
    try {
      await run();
    } catch (error) {
      logFailure('hourly-run-failed', error, { archive: archive.name });
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
