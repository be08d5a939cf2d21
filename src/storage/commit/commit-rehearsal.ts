import type { CommitGroup, InstanceRecord } from '../../archive/commit-group';
import type { RefusedError } from '../../archive/unavailable';

/** The reason why the index refuses an instance. */
export type Refusal = RefusedError['reason'];

/** Rehearsals for one commit. Their statements count as queries of the request, which may make 1,000. */
const REHEARSALS = 40;

/**
 * Finds the instances of a refused group that the index would accept together, so that only the others are refused.
 * @param rehearse tries a group, and keeps nothing of it; resolves with the reason why it is refused, or undefined
 * @returns the reason why each of the others is refused. When no rehearsals are left, instances are refused that were
 * not tried alone
 */
export async function refusedAmong(
  group: CommitGroup,
  rehearse: (group: CommitGroup) => Promise<Refusal | undefined>,
): Promise<ReadonlyMap<InstanceRecord, Refusal>> {
  const accepted: InstanceRecord[] = [];
  const refused = new Map<InstanceRecord, Refusal>();
  let left = REHEARSALS;
  const take = async (some: readonly InstanceRecord[]): Promise<void> => {
    left -= 1;
    const refusal = left < 0 ? 'too-large' : await rehearse(confinedTo(group, [...accepted, ...some]));
    if (refusal === undefined) accepted.push(...some);
    else if (some.length === 1 || left < 0) for (const one of some) refused.set(one, refusal);
    else await takeHalves(some);
  };
  const takeHalves = async (some: readonly InstanceRecord[]): Promise<void> => {
    const middle = Math.ceil(some.length / 2);
    await take(some.slice(0, middle));
    if (middle < some.length) await take(some.slice(middle));
  };
  await takeHalves(group.instances);
  return refused;
}

/** The group with only these of its instances, and what belongs to them. */
export function confinedTo(group: CommitGroup, instances: readonly InstanceRecord[]): CommitGroup {
  const studies = new Set(instances.map(({ studyInstanceUID }) => studyInstanceUID));
  const series = new Set(instances.map(seriesKey));
  const segments = new Set(instances.map(({ segment }) => segment));
  const versions = new Set(instances.map(({ version }) => version));
  const ofStudy = ({ studyInstanceUID }: { readonly studyInstanceUID: string }) => studies.has(studyInstanceUID);
  const ofSeries = (one: { readonly studyInstanceUID: string; readonly seriesInstanceUID: string }) =>
    series.has(seriesKey(one));
  return {
    ...group,
    instances,
    studies: group.studies.filter(ofStudy),
    series: group.series.filter(ofSeries),
    segments: group.segments.filter(({ name }) => segments.has(name)),
    values: group.values && {
      ...group.values,
      studies: group.values.studies.filter(ofStudy),
      series: group.values.series.filter(ofSeries),
      instances: group.values.instances.filter(({ version }) => versions.has(version)),
      unindexed: group.values.unindexed.filter(ofSeries),
    },
  };
}

function seriesKey(of: { readonly studyInstanceUID: string; readonly seriesInstanceUID: string }): string {
  return `${of.studyInstanceUID}/${of.seriesInstanceUID}`;
}
