import { unfiledKey } from '../object-keys';
import { PartsLostError } from '../object-store';
import type { Archive } from '../ports';
import { StatementBudget } from '../statement-budget';
import { LEASE_MS, newLease } from './upload-terms';
import type { Upload } from './uploads';

/** The parts of an archive that receive uploads. */
export type UploadArchive = Pick<Archive, 'uploads' | 'objects'>;

/** The bucket has lost bytes of the upload: the client has to send it again from its beginning. */
const LOST = 'lost';

/**
 * Makes the object of an upload whose parts are all noted.
 * @param upload with the lease of the caller
 * @returns the upload as it is then: received, or failed; undefined when another request has taken the lease
 */
export async function completeObject(archive: UploadArchive, upload: Upload, now: number): Promise<Upload | undefined> {
  const { uploads, objects } = archive;
  const { id, lease = '', version = '', multipartID = '' } = upload;
  const key = unfiledKey(version, 'dcm');
  try {
    await objects.resume(key, multipartID).complete(await uploads.parts(id));
  } catch (error) {
    if (!(error instanceof PartsLostError)) throw error;
    if (!(await isThere(archive, key))) return await lose(archive, upload, now);
  }
  return (await uploads.finish(id, lease, version, now)) ? await uploads.find(id) : undefined;
}

/**
 * Completes an upload whose bytes have all arrived, but whose request was interrupted before the object was complete.
 * @returns the upload as it is then; undefined when the upload does not exist any more
 */
export async function completeInterrupted(
  archive: UploadArchive,
  upload: Upload,
  now: number,
): Promise<Upload | undefined> {
  if (!isInterrupted(upload)) return upload;
  const lease = newLease();
  const taking = { lease, offset: upload.byteLength, now, until: now + LEASE_MS };
  const taken = await archive.uploads.take(upload.id, upload.principal, taking);
  if (taken?.lease !== lease || !isInterrupted(taken)) return taken;
  return await completeObject(archive, taken, now);
}

/** Uploads that one run completes. The next run does the rest. */
const MOST_COMPLETED = 100;

/** Completes the uploads whose last request was interrupted, and which no client has asked for since. */
export async function completeAllInterrupted(
  archive: UploadArchive,
  now: number,
  budget = StatementBudget.UNLIMITED,
): Promise<void> {
  const goesOn = budget.units(10);
  for (const upload of await archive.uploads.incomplete(now, MOST_COMPLETED)) {
    if (!goesOn()) return;
    await completeInterrupted(archive, upload, now);
  }
}

/** Notes that bytes of an upload are lost. @returns as completeObject */
export async function lose({ uploads }: UploadArchive, upload: Upload, now: number): Promise<Upload | undefined> {
  return (await uploads.fail(upload.id, upload.lease ?? '', LOST, now)) ? await uploads.find(upload.id) : undefined;
}

function isInterrupted({ state, offset, byteLength, multipartID }: Upload): boolean {
  return state === 'receiving' && offset === byteLength && multipartID !== undefined;
}

/** The request that was interrupted may have completed the object: only this upload writes under its key. */
export async function isThere({ objects }: UploadArchive, key: string): Promise<boolean> {
  const body = await objects.read(key, { offset: 0, length: 1 });
  await body?.cancel();
  return body !== null;
}
