import { logEvent, logFailure } from '../../log';
import { fromHexadecimal } from '../bytes';
import type { CommitOutcome } from '../commit-group';
import { askForLostMetadata } from '../metadata/remake';
import type { Archive } from '../ports';
import { filesOf } from '../snapshot/named-objects';
import type { NamedObject } from '../verification/check-objects';
import { faultyObjects } from '../verification/faulty-objects';
import type { Arrived } from './arrived';

/** A longer object is copied in parts of this length: a part that breaks off is copied again. */
const COPIED_PART_BYTES = 256 * 1024 * 1024;

/** Calls that stay for the copies of what is lost, and for the deletion of what is not needed. */
const CALLS_KEPT = 200;

type Place = Pick<Archive, 'objects' | 'index' | 'verification' | 'background'>;

/** An instance whose bytes the index has already, under another version than that of its arrival. */
interface HeldBefore {
  readonly arrived: Arrived;
  readonly version: string;
}

/** An object that the index names, and the one that has arrived with the same bytes. */
interface Pair {
  readonly held: NamedObject;
  readonly arrived: NamedObject;
}

/**
 * Makes sure that the bucket has the bytes of instances that the index says it has: a success means that the bytes are
 * held. What the bucket has lost, or has damaged, is written again from the objects that have arrived, under the keys
 * that the index names. The bytes are the same, so an entity tag keeps its meaning. Metadata that the bucket has lost
 * is asked for: it is made again from the files.
 * @param outcomes of a commit. The objects of all these instances are in the bucket.
 * @param calls of the bucket that may be made
 * @returns the instances that may not be acknowledged: it is not known whether their bytes are held, or they could not be written
 */
export async function keepHeldBytes(
  place: Place,
  outcomes: ReadonlyMap<Arrived, CommitOutcome>,
  calls: number,
): Promise<ReadonlySet<Arrived>> {
  const own = new Set([...outcomes.keys()].map(({ record }) => record.version));
  const before = [...outcomes].flatMap(([arrived, { heldVersion: version }]): HeldBefore[] =>
    version === undefined || own.has(version) ? [] : [{ arrived, version }],
  );
  if (before.length === 0) return new Set();
  const pairs = new Map(before.map((one) => [one.arrived, pairsOf(one)]));
  try {
    const named = [...pairs.values()].flat().map(({ held }) => held);
    const faulty = await faultyObjects(place, named, calls - CALLS_KEPT);
    const failed = faulty.size === 0 ? new Set<Arrived>() : await healed(place, before, pairs, faulty);
    await askForLostMetadata(
      place,
      before.map(({ arrived: { record } }) => record),
    );
    return failed;
  } catch (error) {
    logFailure('objects-not-confirmed', error, { instances: before.length });
    return new Set(before.map(({ arrived }) => arrived));
  }
}

function pairsOf({ arrived: { record }, version }: HeldBefore): Pair[] {
  const arrived = filesOf(record);
  return filesOf({ ...record, version }).map((held, at) => ({ held, arrived: arrived[at]! }));
}

/** Writes the faulty objects again. @returns the instances of which some could not be written */
async function healed(
  place: Place,
  before: readonly HeldBefore[],
  pairs: ReadonlyMap<Arrived, readonly Pair[]>,
  faulty: ReadonlySet<string>,
): Promise<ReadonlySet<Arrived>> {
  const failed = new Set<Arrived>();
  const written: string[] = [];
  for (const one of before) {
    const some = pairs.get(one.arrived)!.filter(({ held }) => faulty.has(held.key));
    if (some.length === 0) continue;
    try {
      for (const pair of some) await write(place, pair);
      const copies = await forgetLostCopy(place, one);
      const keys = [...some.map(({ held }) => held.key), ...copies];
      // The mark is cleared before the bytes are acknowledged: nothing else clears it before the next verification.
      await place.verification.forgetFaultsOf(keys);
      written.push(...keys);
    } catch (error) {
      const { key: object, instance } = some[0]!.held;
      logFailure('object-not-healed', error, { object, ...(instance !== undefined && { instance }) });
      failed.add(one.arrived);
    }
  }
  if (written.length > 0) logEvent('objects-healed', { objects: written.length, object: written[0]! });
  return failed;
}

async function write({ objects }: Place, { held, arrived }: Pair): Promise<void> {
  const byteLength = held.byteLength ?? (await objects.look(arrived.key))?.byteLength ?? 0;
  const sha256 = held.digest === undefined ? undefined : fromHexadecimal(held.digest).buffer;
  await objects.copy(arrived.key, held.key, { byteLength, sha256, partBytes: COPIED_PART_BYTES });
}

/**
 * The compressed copy of a frame may be lost with the file. It is not needed, so the index names it no more.
 * @returns its key
 */
async function forgetLostCopy(place: Place, { arrived: { record }, version }: HeldBefore): Promise<string[]> {
  const [row] = await place.index.layouts(record, 0);
  if (row === undefined || row.version !== version) return [];
  const copy = filesOf(row).find(({ key }) => key.endsWith('.copy'));
  if (copy === undefined || !(await faultyObjects(place, [copy])).has(copy.key)) return [];
  await place.index.keepFrameCopies([{ id: row.id, version, length: 0 }]);
  return [copy.key];
}
