import type { CommitGroup, CommitOutcome, DuplicatePolicy } from '../commit-group';
import type { ObjectStore } from '../object-store';
import type { ArchiveIndex } from '../ports';
import type { Arrived } from './arrived';
import { sameDataSets } from './same-data-set';

/** Where instances are committed, and how. */
interface Place {
  readonly index: Pick<ArchiveIndex, 'commit' | 'held'>;
  readonly objects: ObjectStore;
  readonly duplicates: DuplicatePolicy;
}

/**
 * Commits instances, except those whose data set the archive already holds in a file with other file meta information.
 * With the policy `reject`, the index first says which instances it has with other bytes, and only these are compared. With
 * the other policies a commit would keep or replace them, so all instances are compared before the commit, which then
 * makes sure that the index still has the files that were compared.
 * @param groupOf makes the group of some of the instances, with the SHA-256 of the file that has the same data set
 */
export async function commitOthers(
  place: Place,
  arrived: readonly Arrived[],
  groupOf: (some: readonly Arrived[], sameAs: (one: Arrived) => string | undefined) => CommitGroup,
): Promise<ReadonlyMap<Arrived, CommitOutcome>> {
  const before: ReadonlyMap<Arrived, CommitOutcome> =
    place.duplicates === 'reject' ? new Map() : await heldBefore(place, onceEach(arrived));
  if (before.size === arrived.length) return before;
  const outcomes = await place.index.commit(groupOf(arrived, (one) => before.get(one)?.heldDigest));
  const found = arrived.map((one, at) => [one, outcomes[at]!] as const);
  // In a full archive the index asks for room before it looks for other bytes.
  const met = found.flatMap(([one, { result }]) => (result === 'conflict' || result === 'out-of-space' ? [one] : []));
  return new Map([...found, ...(await heldBefore(place, met))]);
}

async function heldBefore(
  { index, objects }: Place,
  arrived: readonly Arrived[],
): Promise<ReadonlyMap<Arrived, CommitOutcome>> {
  const records = arrived.map(({ record }) => record);
  const same = await sameDataSets(index, objects, records);
  return new Map(
    arrived.flatMap((one) => {
      const heldDigest = same.get(one.record);
      return heldDigest === undefined ? [] : [[one, { result: 'identical', seriesSegments: 0, heldDigest }]];
    }),
  );
}

/**
 * The instances whose UIDs come once in the request. A second instance with the same UIDs replaces the first, and not
 * the one that is held now.
 */
function onceEach(arrived: readonly Arrived[]): Arrived[] {
  const byUIDs = Map.groupBy(arrived, ({ record }) =>
    [record.studyInstanceUID, record.seriesInstanceUID, record.sopInstanceUID].join('/'),
  );
  return [...byUIDs.values()].flatMap((of) => (of.length === 1 ? of : []));
}
