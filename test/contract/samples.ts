import type { CommitGroup } from '../../src/archive/commit-group';
import type { InstanceIdentity } from '../../src/archive/identities';
import type { ArchiveIndex } from '../../src/archive/ports';
import { commitGroupOf } from '../support/search/search-archive';

export const STUDY = '1.2';
export const SERIES = '1.2.3';
/** A smaller series of the same study. */
export const HEAD = '1.2.4';

const CT = '1.2.840.10008.5.1.4.1.1.2';

/** Instances `from` and so on of a series of the study, in one metadata segment that has the series' UID for its name. */
export function groupOf(series: string, count: number, from = 1): CommitGroup {
  const instances = Array.from({ length: count }, (_, at) => ({
    uid: `${series}.${from + at}`,
    sopClassUID: CT,
    number: from + at,
  }));
  const values = { '00080060': 'CT' };
  const group = commitGroupOf([
    { uid: STUDY, values: { '00100020': 'P1' }, series: [{ uid: series, values, instances }] },
  ]);
  if (from === 1) return group;
  const named = { name: `${series}-${from}` };
  return {
    ...group,
    segments: group.segments.map((one) => ({ ...one, ...named })),
    instances: group.instances.map((one) => ({ ...one, segment: named.name })),
  };
}

export function identityOf(series: string, number: number): InstanceIdentity {
  return { studyInstanceUID: STUDY, seriesInstanceUID: series, sopInstanceUID: `${series}.${number}` };
}

/** Three instances of SERIES, and two of HEAD. */
export async function archiveOfTwo(index: ArchiveIndex): Promise<void> {
  await index.commit(groupOf(SERIES, 3));
  await index.commit(groupOf(HEAD, 2));
}
