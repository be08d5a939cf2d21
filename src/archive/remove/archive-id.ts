import { utf8 } from '../bytes';
import { ARCHIVE_ID_KEY, describeKey, instanceKey, OBJECT_PREFIXES, UPLOAD_MS } from '../object-keys';
import type { Archive } from '../ports';
import type { Separation } from './sweep-index';

/** Listing calls that the first look makes under each prefix: 5,000 objects. */
const SAMPLED_PAGES = 5;

/** One object in so many may be unknown to an index that is the bucket's: what a request that died has left. */
const KNOWN_TO_UNKNOWN = 100;

/**
 * Whether the bucket and the index are of one archive: both carry its id. The id is made when neither carries one and
 * what they hold fits together, as in a new deployment, where both are empty. It is written to the index first, marked
 * as not confirmed, then to the bucket, where what is there is never overwritten. So a run that is cut short is taken
 * up again, two that run at once make one id, and of two indexes beside one bucket only one gets the bucket's.
 * Nothing here adopts a bucket or an index that carries another id, or that has lost its own: docs/decisions.md says how
 * an operator does.
 * @param now milliseconds since 1970
 * @returns undefined when they belong together, else why nothing may be deleted
 */
export async function separation(archive: Archive, now: number): Promise<Separation | undefined> {
  const { sweeps } = archive;
  // In this order: an index gets an id before its bucket does, so that of a bucket with one the index has it too.
  const ofBucket = await bucketID(archive);
  const ofIndex = await sweeps.identity();
  if (ofBucket !== undefined) {
    if (ofIndex === undefined) return 'index-without-id';
    if (ofIndex.archiveID !== ofBucket) return 'different-ids';
    if (!ofIndex.confirmed) await sweeps.confirmIdentity(now);
    return undefined;
  }
  if (ofIndex?.confirmed) {
    // Another run may have made the id since the bucket was asked.
    const again = await bucketID(archive);
    if (again === undefined) return 'bucket-without-id';
    return again === ofIndex.archiveID ? undefined : 'different-ids';
  }
  const misfit = await misfitOf(archive, now);
  if (misfit !== undefined) return misfit;
  const { archiveID } = await sweeps.giveIdentity(crypto.randomUUID());
  await archive.objects.create(ARCHIVE_ID_KEY, utf8(archiveID));
  // Another index may have come first.
  if ((await bucketID(archive)) !== archiveID) return 'different-ids';
  await sweeps.confirmIdentity(now);
  return undefined;
}

/** The bucket and the index carry ids, or one of them does, that say that they are of two archives. */
export function carryOtherIDs(apart: Separation | undefined): boolean {
  return apart !== undefined && apart !== 'unknown-objects' && apart !== 'missing-objects';
}

/**
 * The same as `separation`, with an isolate's first requests: makes the id of a new archive, and says in the log what is
 * wrong. Costs one read of the bucket and one of the index.
 */
export async function beginArchive(archive: Archive, now: number): Promise<Separation | undefined> {
  const apart = await separation(archive, now);
  if (apart !== undefined)
    console.error(JSON.stringify({ event: 'archive-apart', archive: archive.name, reason: apart }));
  return apart;
}

async function bucketID(archive: Archive): Promise<string | undefined> {
  const stream = await archive.objects.read(ARCHIVE_ID_KEY);
  // Collected whole: 36 characters, which this archive wrote.
  return stream === null ? undefined : (await new Response(stream).text()).trim();
}

/** Why the objects and the rows cannot be of one archive, as far as a sample of each tells. */
async function misfitOf(archive: Archive, now: number): Promise<Separation | undefined> {
  if (!(await knowsObjects(archive, now))) return 'unknown-objects';
  for (const instance of await archive.sweeps.someInstances()) {
    const key = instanceKey(instance, instance.version, 'dcm');
    const { objects } = await archive.objects.list(key);
    if (objects.length === 0) return 'missing-objects';
  }
  return undefined;
}

/** Younger objects may belong to a request under way, of which the index knows nothing yet. */
async function knowsObjects(archive: Archive, now: number): Promise<boolean> {
  let seen = 0;
  let unknown = 0;
  for (const prefix of OBJECT_PREFIXES) {
    let cursor: string | undefined;
    for (let page = 0; page < SAMPLED_PAGES; page += 1) {
      const listed = await archive.objects.list(prefix, cursor);
      const old = listed.objects
        .filter(({ uploaded }) => uploaded < now - UPLOAD_MS)
        .flatMap(({ key }) => describeKey(key));
      seen += old.length;
      if (old.length > 0) unknown += (await archive.sweeps.unreferenced(old)).length;
      cursor = listed.cursor;
      if (cursor === undefined) break;
    }
  }
  return unknown * KNOWN_TO_UNKNOWN <= seen;
}
