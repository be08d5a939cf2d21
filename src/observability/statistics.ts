import { type ArchiveTotals, COUNTED_UP_TO, type InstancesAndBytes } from '../archive/archive-status';
import type { RetentionLook } from '../archive/remove/retention-index';
import type { SweepReport } from '../archive/remove/sweep-index';
import { attributeLabel } from '../archive/search-attributes/extra-attributes';
import { progressOfAttribute, type SeriesIndexed } from '../archive/search-attributes/indexing-watch';
import type { AppContext } from '../dicomweb/context';
import { type DatabaseSize, databaseSizes } from './database-sizes';

/** What an administrator asks of an archive. Times are milliseconds since 1970, lengths are bytes. */
export interface Statistics {
  readonly totals: ArchiveTotals;
  readonly databases: readonly DatabaseSize[];
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
  /** What the rules of retention say. Absent: there are none, or they have not been applied yet. */
  readonly retention?: RetentionLook;
}

/** How far a configured search attribute is indexed. */
export interface IndexingProgress extends SeriesIndexed {
  readonly attribute: string;
}

/** GET /statistics, as JSON. It reads few rows, however much the archive holds. */
export async function reportStatistics(c: AppContext): Promise<Response> {
  const { totals, databases, restorable, orphans, indexing, seriesToIndex, lastSweep, retention } = await statistics(c);
  const { studies, series, instances, bytes, reclaimable, queuedDeletions, oldestUnmergedAt } = totals;
  const body = {
    studies,
    series,
    instances,
    bytes,
    databases,
    restorable,
    reclaimable,
    queuedDeletions,
    orphans,
    countedUpTo: COUNTED_UP_TO,
    oldestUnmergedSeries: dateTime(oldestUnmergedAt),
    indexing: { attributes: indexing, seriesToIndex },
    lastSweep: lastSweep === undefined ? null : { ...lastSweep, ranAt: dateTime(lastSweep.ranAt) },
    ...(retention !== undefined && { retention: { ...lookOf(retention), before: lookOf(retention.before) } }),
  };
  return Response.json(body, { headers: { 'Cache-Control': 'no-store' } });
}

/** Asks the index, which keeps all totals. */
export async function statistics(c: AppContext): Promise<Statistics> {
  const { status, searchAttributes, sweeps } = c.get('archive');
  const hasRules = c.get('config').retentionRules.length > 0;
  const [totals, databaseBytes, state, orphans, lastSweep, retention] = await Promise.all([
    status.totals(Date.now()),
    status.databaseBytes(),
    searchAttributes.state(),
    sweeps.countOrphans(COUNTED_UP_TO),
    sweeps.lastReport(),
    hasRules ? c.get('archive').retention.look() : undefined,
  ]);
  const { removed, reclaimable } = totals;
  const labels = new Map(c.get('config').searchAttributes.map((each) => [each.name, attributeLabel(each)]));
  return {
    totals,
    databases: databaseSizes(databaseBytes),
    restorable: {
      instances: removed.instances - reclaimable.instances,
      bytes: removed.bytes - reclaimable.bytes,
    },
    orphans,
    indexing: state.attributes.map((one) => ({
      // An attribute that was removed from the configuration has its internal name.
      attribute: labels.get(one.name) ?? one.name,
      ...progressOfAttribute(one, state.waiting),
    })),
    seriesToIndex: state.waiting,
    ...(lastSweep !== undefined && { lastSweep }),
    ...(retention !== undefined && { retention }),
  };
}

/** A look through the studies, as the answer has it: null when there was none. */
function lookOf(look: RetentionLook | RetentionLook['before']) {
  if (look === undefined) return null;
  const { startedAt, studies, due } = look;
  const finishedAt = 'finishedAt' in look ? dateTime(look.finishedAt) : null;
  return { startedAt: dateTime(startedAt), finishedAt, studies, due };
}

/** ISO 8601, UTC; null when there is none. */
function dateTime(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
