import { describeKey, INSTANCE_OBJECTS, instanceKey, segmentKey } from '../object-keys';
import type { Archive } from '../ports';
import { StatementBudget } from '../statement-budget';

/** Keys that R2 deletes in one call at most. */
const PAGE = 1000;

/** Rounds of one run. The next run does the rest. */
const PAGES = 50;

/**
 * Deletes the objects of removed instances whose retention is over, and of the metadata segments that hold no other
 * instances. First one statement claims the instances. An earlier restoration has already
 * removed them from the list; a later one does not find them. Then their objects are deleted, and then the instances are forgotten. An interrupted run
 * leaves them claimed, and the next run continues with them.
 * @returns objects deleted
 */
export async function purge(archive: Archive, now: number, budget = StatementBudget.UNLIMITED): Promise<number> {
  const { removals } = archive;
  let deleted = 0;
  const goesOn = budget.units(10);
  for (let page = 0; page < PAGES && goesOn(); page += 1) {
    const claimed = await removals.claimPurgeable(now, Math.floor(PAGE / INSTANCE_OBJECTS.length));
    if (claimed.length === 0) break;
    const versions = claimed.map(({ version }) => version);
    const segments = await removals.segmentsOfNoOther(versions);
    const keys = [
      ...claimed.flatMap((one) => INSTANCE_OBJECTS.map((object) => instanceKey(one, one.version, object))),
      ...segments.map((segment) => segmentKey(segment, segment.name)),
    ];
    await archive.objects.delete(keys);
    await removals.forget(claimed);
    deleted += keys.length;
  }
  return deleted;
}

/**
 * Deletes the objects that were queued for deletion. The row of such a key is its claim: the transaction that deleted
 * the last row with this key wrote it. No row names the key again, since every store makes new keys, and a restoration
 * returns only to segments that a removed instance names. Even so, the keys are looked up once more.
 * @param before objects that fell due after this time stay: an index that is restored to an earlier time needs them
 * @returns objects deleted
 */
export async function deleteQueued(
  archive: Archive,
  before: number,
  budget = StatementBudget.UNLIMITED,
): Promise<number> {
  let deleted = 0;
  const goesOn = budget.units(10);
  for (let page = 0; page < PAGES && goesOn(); page += 1) {
    const keys = await archive.sweeps.dueDeletions(before, PAGE);
    if (keys.length === 0) break;
    const unnamed = await archive.sweeps.unnamed(keys.flatMap(describeKey));
    await archive.objects.delete(unnamed);
    await archive.sweeps.forgetDeletions(keys);
    deleted += unnamed.length;
  }
  return deleted;
}
