import { logEvent } from '../../log';
import { INSTANCE_OBJECTS, restKey, unfiledKey } from '../object-keys';
import { StatementBudget } from '../statement-budget';
import type { UploadArchive } from './complete';
import type { Upload } from './uploads';

/** Milliseconds from the moment when an object is not needed any more to its deletion. Every request has ended by then. */
const UNNEEDED_MS = 60 * 60 * 1000;

/** Uploads that one round removes, and versions whose objects it deletes. */
const ROUND = 100;

/** Rounds of one run. The next run does the rest. */
const ROUNDS = 20;

/** What a run did. */
export interface UploadsReclaimed {
  readonly expired: number;
  readonly deleted: number;
}

/**
 * Reclaims what uploads leave behind. Expired uploads are removed; from then on no request writes to them. The objects of
 * uploads that are gone, and those that were replaced by others, are deleted by a later run, an hour after they were noted as
 * not needed. A file that became an instance stays. A whole file of an upload that was not complete is left to the sweeper, which
 * knows of an index that was put back. Every step may be interrupted and run again.
 * @param now milliseconds since 1970
 */
export async function reclaimUploads(
  archive: UploadArchive,
  now: number,
  budget = StatementBudget.UNLIMITED,
): Promise<UploadsReclaimed> {
  const deleted = await deleteUnneeded(archive, now - UNNEEDED_MS, budget.part(2));
  const expired = await removeExpired(archive, now, budget);
  if (deleted + expired > 0) logEvent('uploads-reclaimed', { expired, deleted });
  return { deleted, expired };
}

/**
 * Ends the multipart upload of an upload that was removed. If that fails, R2 drops it after seven days.
 */
export async function abortParts({ objects }: UploadArchive, { version, multipartID, state }: Upload): Promise<void> {
  if (version === undefined || multipartID === undefined || state === 'received') return;
  await objects
    .resume(unfiledKey(version, 'dcm'), multipartID)
    .abort()
    .catch(() => undefined);
}

async function removeExpired(archive: UploadArchive, now: number, budget: StatementBudget): Promise<number> {
  let removed = 0;
  const goesOn = budget.units(5);
  for (let round = 0; round < ROUNDS && goesOn(); round += 1) {
    const gone = await archive.uploads.removeExpired(now, ROUND);
    for (const upload of gone) await abortParts(archive, upload);
    removed += gone.length;
    if (gone.length < ROUND) break;
  }
  return removed;
}

/** The versions were noted as not needed by an earlier run or request; here they are looked up once more. */
async function deleteUnneeded(archive: UploadArchive, before: number, budget: StatementBudget): Promise<number> {
  let deleted = 0;
  const goesOn = budget.units(5);
  for (let round = 0; round < ROUNDS && goesOn(); round += 1) {
    const versions = await archive.uploads.unneeded(before, ROUND);
    if (versions.length === 0) break;
    const keys = versions.flatMap(({ version, ofInstance, isSettled }) => [
      restKey(version),
      ...(ofInstance || !isSettled ? [] : INSTANCE_OBJECTS.map((object) => unfiledKey(version, object))),
    ]);
    await archive.objects.delete(keys);
    await archive.uploads.forgetVersions(versions.map(({ version }) => version));
    deleted += versions.length;
  }
  return deleted;
}
