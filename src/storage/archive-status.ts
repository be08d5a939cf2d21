import { type ArchiveStatus, COUNTED_UP_TO, type InstancesAndBytes } from '../archive/archive-status';
import { ARCHIVE_HELD } from './commit/sender-sql';
import type { StatementsOf } from './d1-client';
import { retrying } from './retries';

/**
 * Whether the services behind an archive answer, and what the archive holds. A failed check is not tried again: a monitor
 * asks again by itself.
 */
export function archiveStatus(database: StatementsOf, bucket: R2Bucket, queue: Queue): ArchiveStatus {
  const session = () => database.withSession('first-primary');
  const questions = {
    database: () => session().prepare('SELECT id FROM study LIMIT 1').bind().all(),
    bucket: () => bucket.head('health'),
    queue: () => queue.metrics(),
  };
  return {
    async ask(part) {
      await questions[part]();
    },
    async size() {
      const { results } = await retrying(() => session().prepare(ARCHIVE_HELD).bind().all<InstancesAndBytes>());
      return results[0]!;
    },
    async totals(now) {
      const statement = session().prepare(TOTALS).bind(now, COUNTED_UP_TO);
      const { results } = await retrying(() => statement.all<TotalColumns>());
      // The schema makes the row.
      const { oldestUnmergedAt, queuedDeletions, studies, series, instances, bytes, ...waiting } = results[0]!;
      return {
        studies,
        series,
        instances,
        bytes,
        removed: { instances: waiting.removedInstances, bytes: waiting.removedBytes },
        reclaimable: { instances: waiting.reclaimableInstances, bytes: waiting.reclaimableBytes },
        queuedDeletions,
        ...(oldestUnmergedAt !== null && { oldestUnmergedAt }),
      };
    },
  };
}

/** ?1: now. ?2: what waits to be reclaimed is counted up to so many. */
const TOTALS = `
SELECT study AS studies, series, instance AS instances, archive_total.byte_length AS bytes,
  removal AS removedInstances, removal_byte_length AS removedBytes,
  due.instances AS reclaimableInstances, due.bytes AS reclaimableBytes,
  (SELECT count(*) FROM (SELECT 1 FROM deletion LIMIT ?2)) AS queuedDeletions,
  (SELECT unmerged_at FROM series WHERE unmerged_at IS NOT NULL ORDER BY unmerged_at LIMIT 1) AS oldestUnmergedAt
FROM archive_total CROSS JOIN (
  SELECT count(*) AS instances, coalesce(sum(byte_length), 0) AS bytes
  FROM (SELECT byte_length FROM removal WHERE purge_at <= ?1 LIMIT ?2)) AS due`;

interface TotalColumns {
  readonly studies: number;
  readonly series: number;
  readonly instances: number;
  readonly bytes: number;
  readonly removedInstances: number;
  readonly removedBytes: number;
  readonly reclaimableInstances: number;
  readonly reclaimableBytes: number;
  readonly queuedDeletions: number;
  readonly oldestUnmergedAt: number | null;
}
