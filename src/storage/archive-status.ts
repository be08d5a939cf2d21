import { COUNTED_UP_TO, type InstancesAndBytes } from '../archive/archive-status';
import { ARCHIVE_HELD } from './commit/sql/sender-sql';
import type { DatabaseStatus } from './index/database-index';
import { REMOVAL_NOT_HELD } from './remove/d1-holds';
import { NOT_COUNTED } from './shards/move/move-sql';
import type { Statement, Statements, StatementsOf } from './statements/d1-client';
import { retrying } from './statements/retries';

/**
 * Whether the services behind an archive answer, and what the archive holds. A failed check is not tried again: a monitor
 * asks again.
 */
export function archiveStatus(database: StatementsOf, bucket: R2Bucket, queue: Queue): DatabaseStatus {
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
    async size(notCounted) {
      const [rows, moving] = await withMoving<InstancesAndBytes>(
        session(),
        session().prepare(ARCHIVE_HELD).bind(),
        0,
        notCounted,
      );
      const { instances, bytes } = rows[0]!;
      return {
        instances: instances - moving.instances - moving.removedInstances,
        bytes: bytes - moving.bytes - moving.removedBytes,
      };
    },
    async databaseBytes() {
      const { meta } = await retrying(() => session().prepare('SELECT 1').bind().all());
      return [meta.size_after];
    },
    async totals(now, notCounted) {
      const [rows, moving] = await withMoving<TotalColumns>(
        session(),
        session().prepare(TOTALS).bind(now, COUNTED_UP_TO),
        now,
        notCounted,
      );
      // The schema makes the row.
      const { oldestUnmergedAt, queuedDeletions, ...all } = rows[0]!;
      const counted = (of: (columns: Counted) => number) => of(all) - of(moving);
      return {
        studies: counted(({ studies }) => studies),
        series: counted(({ series }) => series),
        instances: counted(({ instances }) => instances),
        bytes: counted(({ bytes }) => bytes),
        removed: {
          instances: counted(({ removedInstances }) => removedInstances),
          bytes: counted(({ removedBytes }) => removedBytes),
        },
        reclaimable: {
          instances: counted(({ reclaimableInstances }) => reclaimableInstances),
          bytes: counted(({ reclaimableBytes }) => reclaimableBytes),
        },
        queuedDeletions,
        ...(oldestUnmergedAt !== null && { oldestUnmergedAt }),
      };
    },
  };
}

/** Runs a statement that gives a row about the database. @returns its rows, and what in the database does not count */
async function withMoving<Row>(
  session: Statements,
  statement: Statement,
  now: number,
  notCounted: readonly string[] | undefined,
): Promise<[Row[], Counted]> {
  if (notCounted === undefined) return [(await retrying(() => statement.all<Row>())).results, NOTHING];
  const moving = session.prepare(NOT_COUNTED).bind(JSON.stringify(notCounted), now);
  const [rows, columns] = await retrying(() => session.batch<Row & Counted>([statement, moving]));
  return [rows?.results ?? [], columns?.results[0] ?? NOTHING];
}

/** ?1: now. ?2: objects and instances that wait to be reclaimed are counted up to this number. */
const TOTALS = `
SELECT study AS studies, series, instance AS instances, archive_total.byte_length AS bytes,
  removal AS removedInstances, removal_byte_length AS removedBytes,
  due.instances AS reclaimableInstances, due.bytes AS reclaimableBytes,
  (SELECT count(*) FROM (SELECT 1 FROM deletion LIMIT ?2)) AS queuedDeletions,
  (SELECT unmerged_at FROM series WHERE unmerged_at IS NOT NULL ORDER BY unmerged_at LIMIT 1) AS oldestUnmergedAt
FROM archive_total CROSS JOIN (
  SELECT count(*) AS instances, coalesce(sum(byte_length), 0) AS bytes
  FROM (SELECT byte_length FROM removal WHERE purge_at <= ?1 AND ${REMOVAL_NOT_HELD} LIMIT ?2)) AS due`;

interface TotalColumns extends Counted {
  readonly queuedDeletions: number;
  readonly oldestUnmergedAt: number | null;
}

interface Counted {
  readonly studies: number;
  readonly series: number;
  readonly instances: number;
  readonly bytes: number;
  readonly removedInstances: number;
  readonly removedBytes: number;
  readonly reclaimableInstances: number;
  readonly reclaimableBytes: number;
}

const NOTHING: Counted = {
  studies: 0,
  series: 0,
  instances: 0,
  bytes: 0,
  removedInstances: 0,
  removedBytes: 0,
  reclaimableInstances: 0,
  reclaimableBytes: 0,
};
