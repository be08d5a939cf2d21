import type { InstancesAndBytes } from '../../archive/archive-status';
import type { CommitGroup, CommitOutcome, InstanceRecord, Quotas } from '../../archive/commit-group';
import type { StoreQuota } from '../../archive/visibility';
import { confinedTo } from '../commit/commit-rehearsal';
import type { OneDatabase, Span } from './span';

/**
 * Commits a group: a transaction in each database that has studies of the group, one after the other. New studies are in one
 * database, so only a request that also stores to older studies makes more than one.
 */
export async function commitGroup(span: Span, group: CommitGroup): Promise<readonly CommitOutcome[]> {
  await span.ready();
  const places = await span.directory.claim(describedStudies(group));
  const numberOf = ({ studyInstanceUID }: InstanceRecord) => places.get(studyInstanceUID) ?? 1;
  const outcomes = new Map<InstanceRecord, CommitOutcome>();
  for (const [, instances] of Map.groupBy(group.instances, numberOf)) {
    const part = instances.length === group.instances.length ? group : confinedTo(group, instances);
    const found = await commitPart(span, part);
    for (const [at, instance] of instances.entries()) outcomes.set(instance, found[at]!);
  }
  return group.instances.map((instance) => outcomes.get(instance)!);
}

/**
 * What the quotas leave for one of the databases, beside what the others hold now. A transaction is of one database, so requests
 * at the same time to studies in different databases can exceed a quota by what they store.
 */
async function quotasAt(span: Span, number: number, { quotas = {} }: CommitGroup): Promise<Quotas> {
  const { archive, sender } = quotas;
  const heldByOthers = async (held: (of: OneDatabase) => Promise<InstancesAndBytes> | undefined) =>
    await span.each(async (database, at) => (at === number ? undefined : await held(database)));
  return {
    ...(archive && { archive: without(archive, await heldByOthers(({ status }) => status.size())) }),
    ...(sender && { sender: without(sender, await heldByOthers(({ allowance }) => allowance?.used())) }),
  };
}

function without({ instances, bytes }: StoreQuota, held: readonly (InstancesAndBytes | undefined)[]): StoreQuota {
  const sum = (of: keyof InstancesAndBytes) => held.reduce((before, one) => before + (one?.[of] ?? 0), 0);
  return {
    ...(instances !== undefined && { instances: instances - sum('instances') }),
    ...(bytes !== undefined && { bytes: bytes - sum('bytes') }),
  };
}

/** Studies with their dates; a group may leave out the description of studies that are there. */
function describedStudies({
  studies,
  instances,
}: CommitGroup): { studyInstanceUID: string; studyDate: string | null }[] {
  const dates = new Map<string, string | null>(instances.map(({ studyInstanceUID }) => [studyInstanceUID, null]));
  for (const { studyInstanceUID, studyDate } of studies) dates.set(studyInstanceUID, studyDate);
  return [...dates].map(([studyInstanceUID, studyDate]) => ({ studyInstanceUID, studyDate }));
}

/** Commits a part of a group whose studies were in one database. They may have moved since, to several. */
async function commitPart(span: Span, part: CommitGroup): Promise<readonly CommitOutcome[]> {
  const studies = describedStudies(part);
  const uids = studies.map(({ studyInstanceUID }) => studyInstanceUID);
  return await span.passing(uids, async () => {
    const numbers = new Set((await span.directory.claim(studies)).values());
    const [number = 1] = numbers;
    if (numbers.size > 1) return await commitGroup(span, part);
    return await span.at(number).index.commit({ ...part, quotas: await quotasAt(span, number, part) });
  });
}
