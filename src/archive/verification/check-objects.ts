import { FRAME_ENTRY_BYTES } from '../../dicom/pixels/pixel-layout';
import { hexadecimal } from '../bytes';
import { besideKey, describeKey, instanceKey, segmentKey } from '../object-keys';
import type { ObjectStore } from '../object-store';
import type { Archive } from '../ports';
import type { Finding, FindingKind, NamedInstance, NamedSegment } from './verification';

/** A request has six connections that may wait for a response. */
const CONCURRENT = 5;

/** An object that a row names. */
export interface NamedObject {
  readonly key: string;
  /** Undefined: not known. */
  readonly byteLength?: number | undefined;
  /** SHA-256, lower-case hexadecimal; absent: the object is not read. */
  readonly digest?: string;
  /** Whose object it is: see Finding. */
  readonly instance?: string;
}

/** The objects that an instance names. */
export function objectsOfInstance(instance: Omit<NamedInstance, 'id'>, digests: boolean): NamedObject[] {
  const { version, byteLength, digest, frames, inflated, copyLength } = instance;
  const object = (of: Parameters<typeof instanceKey>[2]) => ({
    key: instanceKey(instance, version, of),
    ...besideKey(instance, version),
  });
  return [
    { ...object('dcm'), byteLength, ...(digests && { digest }) },
    ...(frames === null ? [] : [{ ...object('frames'), byteLength: frames * FRAME_ENTRY_BYTES }]),
    ...(inflated ? [object('inflated')] : []),
    ...(copyLength === null ? [] : [{ ...object('copy'), byteLength: copyLength }]),
  ];
}

/** The object of a metadata segment. */
export function objectOfSegment(segment: NamedSegment): NamedObject {
  return { key: segmentKey(segment, segment.name), byteLength: segment.byteLength };
}

/**
 * Looks whether the bucket holds these objects as they were stored. An object that differs is no finding if no row names
 * it any more: it was deleted meanwhile.
 */
export async function checkObjects(archive: Archive, objects: readonly NamedObject[]): Promise<Finding[]> {
  const found: Finding[] = [];
  const waiting = [...objects];
  const work = async () => {
    for (let object = waiting.shift(); object !== undefined; object = waiting.shift()) {
      const kind = await faultOf(archive.objects, object);
      const { key, instance } = object;
      if (kind !== undefined) found.push({ kind, subject: key, ...(instance !== undefined && { instance }) });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, work));
  if (found.length === 0) return [];
  const unnamed = new Set(await archive.sweeps.unnamed(found.flatMap(({ subject }) => describeKey(subject))));
  return found.filter(({ subject }) => !unnamed.has(subject));
}

async function faultOf(
  objects: ObjectStore,
  { key, byteLength, digest }: NamedObject,
): Promise<FindingKind | undefined> {
  if (digest === undefined) {
    const held = await objects.look(key);
    if (held === null) return 'missing-object';
    return byteLength === undefined || held.byteLength === byteLength ? undefined : 'wrong-length';
  }
  // A body may break off because of the network: then the object is read once more.
  for (let reads = 0; reads < 2; reads += 1) {
    const read = await readWhole(objects, key);
    if (read === null) return 'missing-object';
    if (read === 'broken') continue;
    if (read.byteLength !== byteLength) return 'wrong-length';
    return read.digest === digest ? undefined : 'wrong-digest';
  }
  // One object must not keep the verification from all that follow.
  return 'unreadable-object';
}

/** Reads an object to its end. Null: it is not there. Broken: its body ended with an error. */
async function readWhole(objects: ObjectStore, key: string) {
  const body = await objects.read(key);
  if (body === null) return null;
  const sha256 = new crypto.DigestStream('SHA-256');
  // Prevents an unhandled rejection when the body breaks off.
  sha256.digest.catch(() => undefined);
  try {
    await body.pipeTo(sha256);
  } catch {
    return 'broken';
  }
  return { byteLength: Number(sha256.bytesWritten), digest: hexadecimal(new Uint8Array(await sha256.digest)) };
}
