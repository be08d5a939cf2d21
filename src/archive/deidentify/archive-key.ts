import { Deidentification } from '../../dicom/deidentify/deidentification';
import { DEIDENTIFICATION_KEY, SHARE_DEIDENTIFICATION_KEY } from '../object-keys';
import type { ObjectStore } from '../object-store';
import type { Archive } from '../ports';

/** The names of the secrets in the index from which keys were made, by the objects that have the keys. */
const SECRETS = {
  [DEIDENTIFICATION_KEY]: 'deidentification',
  [SHARE_DEIDENTIFICATION_KEY]: 'share-deidentification',
} as const;
type KeyObject = keyof typeof SECRETS;

/** The keys of the archives of an isolate. They never change. */
const known: Readonly<Record<KeyObject, WeakMap<ObjectStore, Uint8Array>>> = {
  [DEIDENTIFICATION_KEY]: new WeakMap(),
  [SHARE_DEIDENTIFICATION_KEY]: new WeakMap(),
};

/**
 * A key with which an archive makes replacements. It is kept in the bucket too, whose content it does not protect: after the index
 * was lost and rebuilt, patients and studies still have the same replacements. What the bucket has counts.
 * @param object where it is kept: SHARE_DEIDENTIFICATION_KEY for the key from which those of shares are made
 */
export async function archiveKey(
  { index, objects }: Pick<Archive, 'index' | 'objects'>,
  object: KeyObject = DEIDENTIFICATION_KEY,
): Promise<Uint8Array> {
  const before = known[object].get(objects) ?? (await keyInBucket(objects, object));
  const key = before ?? (await index.secret(SECRETS[object]));
  // Before the first replacement is told.
  if (before === undefined) await objects.create(object, key);
  known[object].set(objects, key);
  return key;
}

/**
 * Keeps the studies by their replaced UIDs again after the index was lost. It is not known which replaced UIDs clients
 * have got, so all studies are kept. Without a key, no client has got any.
 */
export async function tellStudiesAgain(
  { objects, deidentifiedStudies }: Archive,
  studies: readonly string[],
): Promise<void> {
  const key = known[DEIDENTIFICATION_KEY].get(objects) ?? (await keyInBucket(objects, DEIDENTIFICATION_KEY));
  if (key === undefined || studies.length === 0) return;
  const by = new Deidentification({}, key);
  const replaced = await Promise.all(studies.map(async (uid) => [await by.uid(uid), uid] as const));
  await deidentifiedStudies.keep(new Map(replaced));
}

/** The bucket gets the key of an archive that was backed up. */
export function forgetArchiveKey(objects: ObjectStore): void {
  known[DEIDENTIFICATION_KEY].delete(objects);
}

async function keyInBucket(objects: ObjectStore, object: KeyObject): Promise<Uint8Array | undefined> {
  const stream = await objects.read(object);
  // Collected whole: some 32 bytes, which this archive wrote.
  return stream === null ? undefined : new Uint8Array(await new Response(stream).arrayBuffer());
}
