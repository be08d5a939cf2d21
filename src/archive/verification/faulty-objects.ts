import type { ObjectStore } from '../object-store';
import type { Archive } from '../ports';
import type { NamedObject } from './check-objects';

/** The platform lets six calls wait for their answers at a time; one is left to other calls. */
const AT_ONCE = 5;

/**
 * Looks for objects without reading them whole. An object is faulty when the bucket does not have it, when it has another length or
 * another digest there, or when a verification that read it has found a fault.
 * @param most calls of the bucket. For more objects, pages of its list are read: they say the lengths only.
 * @returns the keys of the faulty ones
 * @throws UnavailableError, RefusedError when it is not known of all of them
 */
export async function faultyObjects(
  { objects, verification }: Pick<Archive, 'objects' | 'verification'>,
  named: readonly NamedObject[],
  most = Number.POSITIVE_INFINITY,
): Promise<Set<string>> {
  if (named.length === 0) return new Set();
  const faulty = new Set(await verification.faultsOf(named.map(({ key }) => key)));
  const others = named.filter(({ key }) => !faulty.has(key));
  const isListed = ({ key }: NamedObject) => others.length > most && key.startsWith('instances/');
  for (const object of await missingInLists(objects, others.filter(isListed))) faulty.add(object.key);
  const waiting = others.filter((object) => !isListed(object)).values();
  const look = async () => {
    for (const object of waiting) if (await isFaulty(objects, object)) faulty.add(object.key);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return faulty;
}

async function isFaulty(objects: ObjectStore, { key, byteLength, digest }: NamedObject): Promise<boolean> {
  const held = await objects.look(key);
  if (held === null) return true;
  return held.byteLength !== (byteLength ?? held.byteLength) || (held.sha256 ?? digest) !== (digest ?? held.sha256);
}

/** Objects that the lists of their series do not have with their lengths. */
async function missingInLists(objects: ObjectStore, named: readonly NamedObject[]): Promise<NamedObject[]> {
  const missing: NamedObject[] = [];
  for (const [prefix, some] of Map.groupBy(named, ({ key }) => key.split('/').slice(0, 3).concat('').join('/'))) {
    const lengths = await lengthsBetween(objects, prefix, some.map(({ key }) => key).sort());
    for (const object of some) {
      const length = lengths.get(object.key);
      if (length === undefined || length !== (object.byteLength ?? length)) missing.push(object);
    }
  }
  return missing;
}

/** The lengths of the objects under a prefix, from the first of some keys to the last. @param keys in their order */
async function lengthsBetween(objects: ObjectStore, prefix: string, keys: readonly string[]) {
  const lengths = new Map<string, number>();
  // A cursor is a key before those that are listed.
  let cursor: string | undefined = keys[0]!.slice(0, -1);
  while (cursor !== undefined && cursor < keys.at(-1)!) {
    const page = await objects.list(prefix, cursor);
    for (const { key, byteLength } of page.objects) lengths.set(key, byteLength);
    cursor = page.cursor;
  }
  return lengths;
}
