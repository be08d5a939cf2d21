import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../../archive/commit-group';
import { confinedTo } from '../../commit/commit-rehearsal';
import type { StatementsOf } from '../../statements/d1-client';
import { commitWithinQuotas } from '../commit-within-quotas';
import type { Span } from '../span';

/**
 * Commits a group: a transaction in each database that has studies of the group, one after the other. New studies are in one
 * database, so only a request that also stores to older studies makes more than one.
 * @param first the first database
 */
export async function commitGroup(
  span: Span,
  group: CommitGroup,
  first: StatementsOf,
): Promise<readonly CommitOutcome[]> {
  await span.ready();
  const places = await span.directory.claim(describedStudies(group));
  const numberOf = ({ studyInstanceUID }: InstanceRecord) => places.get(studyInstanceUID) ?? 1;
  const outcomes = new Map<InstanceRecord, CommitOutcome>();
  for (const [, instances] of Map.groupBy(group.instances, numberOf)) {
    const part = instances.length === group.instances.length ? group : confinedTo(group, instances);
    const found = await commitPart(span, part, first);
    for (const [at, instance] of instances.entries()) outcomes.set(instance, found[at]!);
  }
  return group.instances.map((instance) => outcomes.get(instance)!);
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
async function commitPart(span: Span, part: CommitGroup, first: StatementsOf): Promise<readonly CommitOutcome[]> {
  const studies = describedStudies(part);
  const uids = studies.map(({ studyInstanceUID }) => studyInstanceUID);
  return await span.passing(uids, async () => {
    const numbers = new Set((await span.directory.claim(studies)).values());
    const [number = 1] = numbers;
    if (numbers.size > 1) return await commitGroup(span, part, first);
    return await commitWithinQuotas(span, number, part, first);
  });
}
