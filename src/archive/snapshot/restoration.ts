import { utf8 } from '../bytes';
import { forgetArchiveKey } from '../deidentify/archive-key';
import { ARCHIVE_ID_KEY, DEIDENTIFICATION_KEY, OBJECT_PREFIXES } from '../object-keys';
import type { ResumedUpload } from '../object-store';
import type { Archive } from '../ports';
import { NotEmptyError, rebuildState } from './rebuild';
import { newRebuild } from './rebuild-progress';
import { SNAPSHOT_PREFIX } from './snapshot-keys';

/*
 * An archive is restored from a backup in three steps: it is begun, which only an empty archive accepts; a client puts
 * the objects of the backup into the bucket; the index is rebuilt from them. Until the rebuild has ended, the bucket
 * has an id that the index does not have, so the archive answers 503 to all changes and to reads of studies.
 */

/** Objects are accepted only while an archive is being restored. */
export class NotRestoringError extends Error {
  override readonly name = 'NotRestoringError';
}

/**
 * Begins to restore an archive, or continues an interrupted restoration. If the rebuild of the index was interrupted,
 * it begins again, and keeps the rows that are there. The bucket gets the id of the archive that was backed up.
 * @param now milliseconds since 1970
 * @returns whether it had been begun before
 * @throws NotEmptyError when the archive holds something, or when its index was rebuilt before
 */
export async function beginRestoration(archive: Archive, archiveID: string, now: number): Promise<boolean> {
  const kept = await rebuildState(archive);
  const goesOn = kept?.archiveID === archiveID && kept.finishedAt === undefined;
  if (!goesOn && (kept !== undefined || !(await isEmpty(archive)))) throw new NotEmptyError();
  // Kept before anything else changes, so that an interrupted request can be sent again.
  if (kept?.phase !== 'objects')
    await archive.snapshots.keepRebuild(JSON.stringify({ ...newRebuild(now), phase: 'objects', archiveID }));
  // In this order: a look that begins from now on sees the bucket's id, and makes none for the index.
  await archive.objects.put(ARCHIVE_ID_KEY, utf8(archiveID));
  await archive.sweeps.forgetIdentity();
  return goesOn;
}

async function isEmpty({ snapshots, objects }: Archive): Promise<boolean> {
  for (const prefix of [...OBJECT_PREFIXES, SNAPSHOT_PREFIX]) {
    if ((await objects.list(prefix)).objects.length > 0) return false;
  }
  return await snapshots.isEmpty();
}

/**
 * Writes an object of the backup.
 * @throws NotRestoringError
 */
export async function putObject(archive: Archive, key: string, bytes: Uint8Array): Promise<void> {
  await requireRestoration(archive);
  await archive.objects.put(key, bytes);
  if (key === DEIDENTIFICATION_KEY) forgetArchiveKey(archive.objects);
}

/**
 * Begins an object that is sent in parts.
 * @returns the id that `partsOf` takes
 * @throws NotRestoringError
 */
export async function beginObject(archive: Archive, key: string): Promise<string> {
  await requireRestoration(archive);
  return await archive.objects.beginResumable(key);
}

/** Continues such an object. @throws NotRestoringError */
export async function partsOf(archive: Archive, key: string, id: string): Promise<ResumedUpload> {
  await requireRestoration(archive);
  return archive.objects.resume(key, id);
}

async function requireRestoration(archive: Archive): Promise<void> {
  if ((await rebuildState(archive))?.phase !== 'objects') throw new NotRestoringError();
}
