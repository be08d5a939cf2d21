import { utf8 } from '../bytes';
import type { ObjectStore } from '../ports';
import type { SnapshotIndex } from './snapshot';

/*
 * When rows are copied into the bucket, the index notes the moment, and then the bucket does. So the moment of the bucket is
 * never later than that of the index, unless the index was put back to an earlier time (D1 Time Travel).
 */

/** The object that holds the bucket's moment, as decimal digits. It is the only object that is written again. */
const KEY = 'index-moment';

/** Milliseconds since 1970; 0: no rows have been copied yet. */
export async function momentOfBucket(objects: ObjectStore): Promise<number> {
  const stream = await objects.read(KEY);
  // Read as a whole: 13 digits, which this archive wrote.
  return stream === null ? 0 : Number(await new Response(stream).text());
}

/**
 * Notes that rows were copied, or that the index is not older than the bucket any more.
 * @param now milliseconds since 1970
 */
export async function noteMoment(
  { snapshots, objects }: { readonly snapshots: SnapshotIndex; readonly objects: ObjectStore },
  now: number,
): Promise<void> {
  await objects.put(KEY, utf8(String(await snapshots.noteMoment(now))));
}
