import { INSTANCE_OBJECTS, instanceKey } from './object-keys';
import { PAGING_MS } from './paging';
import type { Archive, StoredObject } from './ports';
import type { RemovedVersion } from './removals';

/** An object that no row names may belong to a request under way; none takes longer than this. */
const UPLOAD_MS = 24 * 60 * 60 * 1000;

/** R2 deletes at most so many keys a call, and lists so many. */
const PAGE = 1000;

/** Listing calls of one run: an archive of a million objects is looked through in a day of hourly runs. */
const PAGES = 50;

const PREFIXES = ['instances/', 'metadata/', 'unfiled/'] as const;

/**
 * Keeps the house: deletes objects whose time has come, finds objects that requests cut short left behind, and asks for
 * the merging of metadata that was forgotten. Every step may be cut short and run again.
 */
export async function sweep(archive: Archive, now: number): Promise<void> {
  await archive.index.deleteDeadSegments();
  await archive.answers.forgetOld(now);
  await archive.marks.forgetBefore(now - PAGING_MS);
  await deleteDue(archive, now);
  await purge(archive, now);
  await deleteOrphans(archive, now);
  await archive.compaction.request(await archive.index.scatteredSeries(PAGE));
}

async function deleteDue(archive: Archive, now: number): Promise<void> {
  for (let page = 0; page < PAGES; page += 1) {
    const keys = await archive.index.dueDeletions(now, PAGE);
    if (keys.length === 0) return;
    await archive.objects.delete(keys);
    await archive.index.forgetDeletions(keys);
  }
}

/** Reclaims the bytes of removed instances whose retention is over. Their metadata's segments are orphans then. */
async function purge(archive: Archive, now: number): Promise<void> {
  for (let page = 0; page < PAGES; page += 1) {
    const removed = await archive.removals.purgeable(now, Math.floor(PAGE / INSTANCE_OBJECTS.length));
    if (removed.length === 0) return;
    const keysOf = (instance: RemovedVersion) =>
      INSTANCE_OBJECTS.map((object) => instanceKey(instance, instance.version, object));
    await archive.objects.delete(removed.flatMap(keysOf));
    await archive.removals.forget(removed.map(({ version }) => version));
  }
}

/** Looks through some pages of the bucket from where the last run stopped. */
async function deleteOrphans(archive: Archive, now: number): Promise<void> {
  let position = (await archive.index.sweepPosition()) ?? { prefix: PREFIXES[0] as string };
  for (let page = 0; page < PAGES; page += 1) {
    const { objects, cursor } = await archive.objects.list(position.prefix, position.cursor);
    const old = objects.filter(({ uploaded }) => uploaded < now - UPLOAD_MS).flatMap(({ key }) => describe(key));
    const orphans = old.length === 0 ? [] : await archive.index.unreferenced(old);
    if (orphans.length > 0) await archive.objects.delete(orphans);
    const next = PREFIXES[PREFIXES.indexOf(position.prefix as (typeof PREFIXES)[number]) + 1];
    position = cursor !== undefined ? { prefix: position.prefix, cursor } : { prefix: next ?? PREFIXES[0] };
    if (cursor === undefined && next === undefined) break;
  }
  await archive.index.keepSweepPosition(position);
}

/** What a key of object-keys.ts says; nothing for a key that is not ours. */
function describe(key: string): StoredObject[] {
  const [kind, first, second, third, file] = key.split('/');
  if (kind === 'unfiled' && first !== undefined) return [{ key, version: versionOf(first) }];
  if (first === undefined || second === undefined || third === undefined) return [];
  const series = { key, studyInstanceUID: first, seriesInstanceUID: second };
  if (kind === 'metadata') return [{ ...series, segment: third }];
  return file === undefined ? [] : [{ ...series, sopInstanceUID: third, version: versionOf(file) }];
}

function versionOf(file: string): string {
  return file.slice(0, file.indexOf('.'));
}
