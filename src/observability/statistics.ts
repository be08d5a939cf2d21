import { type ArchiveTotals, COUNTED_UP_TO, type InstancesAndBytes } from '../archive/archive-status';
import type { SweepReport } from '../archive/remove/sweep-index';
import { attributeLabel } from '../archive/search-attributes/extra-attributes';
import type { AppContext } from '../dicomweb/context';

/** What an administrator asks of an archive. Times are milliseconds since 1970, lengths are bytes. */
export interface Statistics {
  readonly totals: ArchiveTotals;
  /** Removed instances that can be restored. */
  readonly restorable: InstancesAndBytes;
  /** Objects that no row names, and that the operator has not accepted; counted up to COUNTED_UP_TO. */
  readonly orphans: number;
  /** How far each configured search attribute is indexed. */
  readonly indexing: readonly IndexingProgress[];
  /** Series to be indexed again; no more than 1000 are counted. */
  readonly seriesToIndex: number;
  /** Absent: no run of the sweeper has ended yet. */
  readonly lastSweep?: SweepReport;
}

export interface IndexingProgress {
  readonly attribute: string;
  readonly indexed: boolean;
  readonly seriesDone: number;
  readonly seriesTotal: number;
}

/** GET /statistics, as JSON. It reads few rows, however much the archive holds. */
export async function reportStatistics(c: AppContext): Promise<Response> {
  const { totals, restorable, orphans, indexing, seriesToIndex, lastSweep } = await statistics(c);
  const { studies, series, instances, bytes, reclaimable, queuedDeletions, oldestUnmergedAt } = totals;
  const body = {
    studies,
    series,
    instances,
    bytes,
    restorable,
    reclaimable,
    queuedDeletions,
    orphans,
    countedUpTo: COUNTED_UP_TO,
    oldestUnmergedSeries: dateTime(oldestUnmergedAt),
    indexing: { attributes: indexing, seriesToIndex },
    lastSweep: lastSweep === undefined ? null : { ...lastSweep, ranAt: dateTime(lastSweep.ranAt) },
  };
  return Response.json(body, { headers: { 'Cache-Control': 'no-store' } });
}

/** Asks the index, which keeps all totals. */
export async function statistics(c: AppContext): Promise<Statistics> {
  const { status, searchAttributes, sweeps } = c.get('archive');
  const [totals, state, orphans, lastSweep] = await Promise.all([
    status.totals(Date.now()),
    searchAttributes.state(),
    sweeps.countOrphans(COUNTED_UP_TO),
    sweeps.lastReport(),
  ]);
  const { removed, reclaimable } = totals;
  const labels = new Map(c.get('config').searchAttributes.map((each) => [each.name, attributeLabel(each)]));
  return {
    totals,
    restorable: {
      instances: removed.instances - reclaimable.instances,
      bytes: removed.bytes - reclaimable.bytes,
    },
    orphans,
    indexing: state.attributes.map(({ name, complete, seriesDone, seriesTotal }) => ({
      // One that is not configured any more has its internal name.
      attribute: labels.get(name) ?? name,
      indexed: complete,
      seriesDone,
      seriesTotal,
    })),
    seriesToIndex: state.waiting,
    ...(lastSweep !== undefined && { lastSweep }),
  };
}

/** ISO 8601, UTC; null when there is none. */
function dateTime(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
