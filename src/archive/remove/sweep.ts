import { logFailure } from '../../log';
import { segmentKey } from '../object-keys';
import type { Archive } from '../ports';
import { PAGING_MS } from '../search/paging';
import { StatementBudget } from '../statement-budget';
import { reclaimUploads } from '../upload/reclaim';
import { separation } from './archive-id';
import { reclaimOrphans } from './orphans';
import { deleteQueued, purge } from './purge';
import type { SweepReport } from './sweep-index';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Runs come every hour. A longer time without a run is a gap. */
const GAP_MS = 90 * 60 * 1000;

/**
 * Series whose metadata segments one run looks at. The runs of ten days look through a million series. A delay does little
 * harm.
 */
const SERIES_PER_RUN = 4000;

/** Versions that one run finds to be too old. */
const ASIDES_PER_RUN = 10_000;

const NOTHING = { queued: 0, purged: 0, orphans: 0 };

/**
 * The hourly maintenance: forgets expired entries, requests the merging of metadata again when the first message was lost,
 * and deletes objects that are due. Objects are deleted only when the bucket and the index belong to one archive, and
 * never by the run that finds them (docs/decisions.md, "What is deleted, and when"). Every step may be interrupted and run
 * again.
 * @param now milliseconds since 1970
 * @param retentionMs how long deleted content can be restored; orphans and superseded objects wait this long, but at
 * least a day
 * @param asideMs how long versions are kept that were put or kept aside; they are deleted `retentionMs` after that
 * @param budget what is left to do when it is spent is done by the next run
 * @returns what was done; the index keeps it too
 */
export async function sweep(
  archive: Archive,
  now: number,
  retentionMs: number,
  asideMs = Number.POSITIVE_INFINITY,
  budget = StatementBudget.UNLIMITED,
): Promise<SweepReport> {
  await archive.answers.forgetOld(now);
  await archive.commitments.forgetOld(now);
  await archive.marks.forgetBefore(now - PAGING_MS);
  await lookAtSegments(archive, now);
  const report = await reclaim(archive, now, Math.max(retentionMs, DAY_MS), asideMs, budget);
  await archive.sweeps.keepReport(report);
  // For the operator: waiting loses no data, but it costs space.
  if (report.stopped !== undefined) {
    const { stopped: reason, orphansWaiting } = report;
    logFailure('sweep-stopped', undefined, { archive: archive.name, reason, orphansWaiting });
  }
  return report;
}

async function reclaim(
  archive: Archive,
  now: number,
  quarantineMs: number,
  asideMs: number,
  budget: StatementBudget,
): Promise<SweepReport> {
  const apart = await separation(archive, now);
  if (apart !== undefined) return { ranAt: now, stopped: apart, deleted: NOTHING };
  await noteGap(archive, now);
  await reclaimUploads(archive, now, budget.part(5));
  const orphans = await reclaimOrphans(archive, now, quarantineMs, budget.part(3));
  const orphansWaiting = orphans.waiting;
  if (orphans.tooMany) return { ranAt: now, stopped: 'too-many-orphans', deleted: NOTHING, orphansWaiting };
  const queued = await deleteQueued(archive, now - quarantineMs, budget.part(2));
  if (asideMs < now) await archive.removals.ageAsides(now - asideMs, now + quarantineMs, ASIDES_PER_RUN);
  const purged = await purge(archive, now, budget);
  return { ranAt: now, deleted: { queued, purged, orphans: orphans.deleted }, orphansWaiting };
}

/** An index that was restored to an earlier point in time knows nothing of the runs and the stores since then. */
async function noteGap(archive: Archive, now: number): Promise<void> {
  const last = await archive.sweeps.lastReport();
  if (last !== undefined && now - last.ranAt > GAP_MS) await archive.sweeps.noteGap(last.ranAt, now);
}

/** Interrupted requests have left segments without instances, or have not asked to merge scattered metadata. */
async function lookAtSegments(archive: Archive, now: number): Promise<void> {
  const { series, lastSeriesRow } = await archive.sweeps.nextSegments(SERIES_PER_RUN);
  const dead = series.flatMap((one) => one.dead.map((name) => ({ name, key: segmentKey(one, name) })));
  if (dead.length > 0) await archive.sweeps.forgetDeadSegments(dead, now);
  const scattered = series.filter(({ live }) => live > 1);
  await archive.background.requestCompaction(
    scattered.map(({ studyInstanceUID, seriesInstanceUID }) => ({ studyInstanceUID, seriesInstanceUID })),
  );
  await archive.sweeps.keepSegmentPosition(lastSeriesRow);
}
