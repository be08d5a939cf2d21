import { describeKey, INSTANCE_OBJECTS, instanceKey, segmentKey } from '../object-keys';
import type { Archive } from '../ports';

/** R2 deletes at most so many keys a call. */
const PAGE = 1000;

/** Rounds of one run; what is left is the next run's. */
const PAGES = 50;

/**
 * Reclaims the bytes of removed instances whose retention is over, and of the metadata segments that hold nothing else.
 * The instances are claimed first, by one statement: a restoration that comes before has taken them out, one that comes
 * after finds nothing. Then their objects are deleted, then they are forgotten. A run that is cut short leaves them
 * claimed, and the next one goes on with them.
 * @returns objects deleted
 */
export async function purge(archive: Archive, now: number): Promise<number> {
  const { removals } = archive;
  let deleted = 0;
  for (let page = 0; page < PAGES; page += 1) {
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
 * Deletes the objects that were queued for it. The row of such a key is its claim: it was written by the transaction that
 * took away the last row which named the key, and no row names it again, since every store makes new keys and a
 * restoration goes back only to segments that a removed instance names. They are looked up once more all the same.
 * @param before what fell due later is left: so long an index that is put back to an earlier moment needs it
 * @returns objects deleted
 */
export async function deleteQueued(archive: Archive, before: number): Promise<number> {
  let deleted = 0;
  for (let page = 0; page < PAGES; page += 1) {
    const keys = await archive.sweeps.dueDeletions(before, PAGE);
    if (keys.length === 0) break;
    const unnamed = await archive.sweeps.unnamed(keys.flatMap(describeKey));
    await archive.objects.delete(unnamed);
    await archive.sweeps.forgetDeletions(keys);
    deleted += unnamed.length;
  }
  return deleted;
}
