import { digestOf, utf8 } from '../bytes';
import { ACCESS_PREFIX } from '../object-keys';
import type { Archive } from '../ports';
import { separation } from '../remove/archive-id';
import { noteMoment } from '../snapshot/index-moment';
import type { AccessCopy } from './access-copies';

/** Copies of one run: each takes three calls of the bucket. */
const COPIES = 50;

/**
 * Copies keys and shares that have changed into the bucket. Every step may be interrupted and run again.
 * @param now milliseconds since 1970
 * @returns whether more may wait
 */
export async function keepAccess(archive: Archive, now: number): Promise<boolean> {
  const { accessCopies, objects, snapshots } = archive;
  // The index of another archive must not write to this bucket.
  if ((await separation(archive, now)) !== undefined) return false;
  const copies = await accessCopies.changed(COPIES, now);
  const older: string[] = [];
  for (const copy of copies) {
    const prefix = `${ACCESS_PREFIX}${copy.kind}/${await digestOf(copy.id)}/`;
    const key = `${prefix}${String(copy.revision).padStart(14, '0')}.json`;
    await objects.put(key, utf8(JSON.stringify({ format: 1, ...copy })));
    // Listed after it: of two runs that write at the same time, the later one sees both copies. The last one counts.
    const there = await objects.list(prefix);
    older.push(...there.objects.slice(0, -1).map((object) => object.key));
  }
  if (copies.length === 0) return false;
  if (older.length > 0) await snapshots.queueDeletion(older, now);
  await accessCopies.noteKept(copies);
  // This moment shows later that an index was put back to an earlier one, so that no revoked key becomes valid again.
  await noteMoment(archive, now);
  return copies.length === COPIES;
}

/**
 * Copies keys and shares that were made by a release without copies, and those whose request could not copy them.
 * @param now milliseconds since 1970
 */
export async function keepAllAccess(archive: Archive, now: number): Promise<void> {
  await archive.accessCopies.addUnknown(COPIES);
  for (let runs = 0; runs < RUNS && (await keepAccess(archive, now)); runs += 1);
}

/** Runs of one hour. */
const RUNS = 3;

/**
 * Brings back what some of the bucket's objects are copies of.
 * @param keys in their order. Copies of one key or share may be in two calls: the later ones count
 */
export async function restoreAccess({ objects, accessCopies }: Archive, keys: readonly string[]): Promise<void> {
  const newest = new Map(keys.map((key) => [key.slice(0, key.lastIndexOf('/')), key]));
  const copies: AccessCopy[] = [];
  for (const key of newest.values()) {
    const stream = await objects.read(key);
    // Held in memory as a whole: a few hundred bytes, which this archive wrote.
    if (stream !== null) copies.push(JSON.parse(await new Response(stream).text()));
  }
  if (copies.length > 0) await accessCopies.restore(copies);
}
