import { Deidentification } from '../../dicom/deidentify/deidentification';
import type { ObjectStore } from '../object-store';
import type { Archive } from '../ports';

/** The object with the key, and the name of the secret in the index from which it was made. */
export const ARCHIVE_KEY_OBJECT = 'deidentification-key';
const ARCHIVE_KEY = 'deidentification';

/** The keys of the archives of an isolate. They never change. */
const known = new WeakMap<ObjectStore, Uint8Array>();

/**
 * The key with which an archive makes replacements. It is kept in the bucket too, whose content it does not protect: after the index
 * was lost and rebuilt, patients and studies still have the same replacements. What the bucket has counts.
 */
export async function archiveKey({ index, objects }: Pick<Archive, 'index' | 'objects'>): Promise<Uint8Array> {
  const before = known.get(objects) ?? (await keyInBucket(objects));
  const key = before ?? (await index.secret(ARCHIVE_KEY));
  // Before the first replacement is told.
  if (before === undefined) await objects.create(ARCHIVE_KEY_OBJECT, key);
  known.set(objects, key);
  return key;
}

/**
 * Keeps what the replaced UIDs of studies stand for that were told before the index was lost, as far as these can be known: those
 * of all studies. Without a key, none was told.
 */
export async function tellStudiesAgain(
  { objects, deidentifiedStudies }: Archive,
  studies: readonly string[],
): Promise<void> {
  const key = known.get(objects) ?? (await keyInBucket(objects));
  if (key === undefined || studies.length === 0) return;
  const by = new Deidentification({}, key);
  const replaced = await Promise.all(studies.map(async (uid) => [await by.uid(uid), uid] as const));
  await deidentifiedStudies.keep(new Map(replaced));
}

async function keyInBucket(objects: ObjectStore): Promise<Uint8Array | undefined> {
  const stream = await objects.read(ARCHIVE_KEY_OBJECT);
  // Collected whole: some 32 bytes, which this archive wrote.
  return stream === null ? undefined : new Uint8Array(await new Response(stream).arrayBuffer());
}
