import {
  type Allowance,
  type ArchiveStatus,
  type ArchiveTotals,
  COUNTED_UP_TO,
  type InstancesAndBytes,
} from '../../../archive/archive-status';
import type { Span } from '../span';

/** Whether all databases answer, and their contents together. */
export function spanningStatus(span: Span): ArchiveStatus {
  return {
    async ask(part) {
      if (part === 'database') await span.each(({ status }) => status.ask(part));
      else await span.first.status.ask(part);
    },
    async size() {
      const notCounted = await span.directory.notCounted();
      return together(await span.each(({ status }, number) => status.size(notCounted.get(number))));
    },
    async databaseBytes() {
      return (await span.each(({ status }) => status.databaseBytes())).flat();
    },
    async totals(now) {
      const notCounted = await span.directory.notCounted();
      return (await span.each(({ status }, number) => status.totals(now, notCounted.get(number)))).reduce(added);
    },
  };
}

/** The quota of a principal counts what it has stored in all databases. */
export function spanningAllowance(span: Span): { readonly allowance?: Allowance } {
  const { allowance } = span.first;
  if (allowance === undefined) return {};
  const used = async () => {
    const notCounted = await span.directory.notCounted();
    return together(
      await span.each(async (database, number) => (await database.allowance?.used(notCounted.get(number))) ?? NOTHING),
    );
  };
  return { allowance: { quota: allowance.quota, used } };
}

const NOTHING: InstancesAndBytes = { instances: 0, bytes: 0 };

function together(some: readonly InstancesAndBytes[]): InstancesAndBytes {
  return some.reduce((one, other) => ({
    instances: one.instances + other.instances,
    bytes: one.bytes + other.bytes,
  }));
}

function added(one: ArchiveTotals, other: ArchiveTotals): ArchiveTotals {
  const reclaimable = together([one.reclaimable, other.reclaimable]);
  const oldest = [one.oldestUnmergedAt, other.oldestUnmergedAt].filter((time) => time !== undefined);
  return {
    ...together([one, other]),
    studies: one.studies + other.studies,
    series: one.series + other.series,
    removed: together([one.removed, other.removed]),
    reclaimable: { ...reclaimable, instances: Math.min(COUNTED_UP_TO, reclaimable.instances) },
    queuedDeletions: Math.min(COUNTED_UP_TO, one.queuedDeletions + other.queuedDeletions),
    ...(oldest.length > 0 && { oldestUnmergedAt: Math.min(...oldest) }),
  };
}
