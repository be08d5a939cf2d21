import { utf8 } from '../bytes';
import { INDEX_MOMENT_KEY } from '../object-keys';
import type { ObjectStore } from '../object-store';
import type { SnapshotIndex } from './snapshot';

/*
 * When rows are copied into the bucket, the index notes the moment, and then the bucket does. So the moment of the bucket is
 * never later than that of the index, unless the index was put back to an earlier time (D1 Time Travel). Each database of an
 * archive has a moment of its own, because it may be put back alone.
 * The object of the bucket has decimal digits, with commas between databases. It is the only one that is written again.
 */

/** The moment of each database in the order of their numbers, milliseconds since 1970; 0: no rows of it have been copied yet. */
export async function momentsOfBucket(objects: ObjectStore): Promise<readonly number[]> {
  const stream = await objects.read(INDEX_MOMENT_KEY);
  // Read as a whole: 13 digits for each database, which this archive wrote.
  return stream === null ? [0] : (await new Response(stream).text()).split(',').map(Number);
}

/** Which databases were put back to an earlier time: their places, from 0. */
export function wherePutBack(ofIndex: readonly number[], ofBucket: readonly number[]): number[] {
  return [...ofIndex.keys()].filter((at) => (ofBucket[at] ?? 0) > ofIndex[at]!);
}

/**
 * Notes that rows were copied, or that the index is not older than the bucket any more.
 * @param now milliseconds since 1970
 * @param studies that were copied; absent: all databases note the moment
 */
export async function noteMoment(
  { snapshots, objects }: { readonly snapshots: SnapshotIndex; readonly objects: ObjectStore },
  now: number,
  studies?: readonly string[],
): Promise<void> {
  const noted = await snapshots.noteMoment(now, studies);
  // Most archives have one database, and nothing to read.
  const before = noted.includes(0) ? await momentsOfBucket(objects) : [];
  const moments = noted.map((moment, at) => Math.max(moment, before[at] ?? 0));
  await objects.put(INDEX_MOMENT_KEY, utf8(moments.join(',')));
}
