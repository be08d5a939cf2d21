import { logFailure } from '../../log';
import { utf8 } from '../bytes';
import { ARCHIVE_ID_KEY, describeKey, instanceKey, OBJECT_PREFIXES, UPLOAD_MS } from '../object-keys';
import type { Archive } from '../ports';
import { momentsOfBucket, wherePutBack } from '../snapshot/index-moment';
import type { Separation } from './sweep-index';

/** Listing calls that the first look makes under each prefix: 5,000 objects. */
const SAMPLED_PAGES = 5;

/**
 * One in this many objects may be unknown to the index of the same archive: an object that an interrupted request has
 * left.
 */
const KNOWN_TO_UNKNOWN = 100;

/**
 * Whether the bucket and the index belong to one archive: then both carry its id. The id is made when neither carries
 * one and their contents fit together, as in a new deployment, where both are empty. It is written first to the index,
 * marked as not confirmed, and then to the bucket, where it never overwrites an id. So an interrupted run can be
 * continued, two runs at the same time make one id, and of two indexes beside one bucket only one gets the bucket's id.
 * This code never adopts a bucket or an index that carries another id or that has lost its own: docs/decisions.md says
 * how an operator does this.
 * @param now milliseconds since 1970
 * @returns undefined when they belong together, else the reason why nothing may be deleted
 */
export async function separation(archive: Archive, now: number): Promise<Separation | undefined> {
  const { sweeps } = archive;
  // The bucket is asked first: an index gets an id before its bucket does, so the index of a bucket with an id also has
  // it.
  const [ofBucket, moments] = await Promise.all([bucketID(archive), momentsOfBucket(archive.objects)]);
  const ofIndex = await sweeps.identity();
  if (ofIndex?.misplaced !== undefined) return ofIndex.misplaced;
  if (ofBucket !== undefined) {
    if (ofIndex === undefined) return 'index-without-id';
    if (ofIndex.archiveID !== ofBucket) return 'different-ids';
    if (!ofIndex.confirmed && !(await sweeps.confirmIdentity(ofBucket, now))) return 'different-ids';
    return wherePutBack(ofIndex.moments, moments).length > 0 ? 'index-put-back' : undefined;
  }
  if (ofIndex?.confirmed) {
    // Another run may have made the id after this run asked the bucket.
    const again = await bucketID(archive);
    if (again === undefined) return 'bucket-without-id';
    return again === ofIndex.archiveID ? undefined : 'different-ids';
  }
  const misfit = await misfitOf(archive, now);
  if (misfit !== undefined) return misfit;
  const { archiveID } = await sweeps.giveIdentity(crypto.randomUUID());
  await archive.objects.create(ARCHIVE_ID_KEY, utf8(archiveID));
  // Another index may have written its id first.
  if ((await bucketID(archive)) !== archiveID) return 'different-ids';
  // A restoration may have begun since: then the index has lost this id, and the bucket has another one.
  return (await sweeps.confirmIdentity(archiveID, now)) ? undefined : 'different-ids';
}

/**
 * Whether the ids say that the bucket and the index belong to two archives: they carry different ids, or only one of
 * them carries an id; or that the index was put back to an earlier moment.
 */
export function carryOtherIDs(apart: Separation | undefined): boolean {
  return apart !== undefined && apart !== 'unknown-objects' && apart !== 'missing-objects';
}

/**
 * Makes the bucket and the index belong together: the index has been rebuilt from the bucket. A first look that began before the
 * bucket had its id may have given the index another id, not confirmed: the bucket's id replaces it.
 * @param now milliseconds since 1970
 * @throws Error when the index has another confirmed id
 */
export async function joinIndexAndBucket(archive: Archive, now: number): Promise<void> {
  const ofBucket = (await bucketID(archive)) ?? (await nameBucket(archive));
  if (await archive.sweeps.takeIdentity(ofBucket, now)) return;
  throw new Error('The index that was rebuilt has the id of another archive.');
}

/** Gives a bucket without an id that of the index. @returns the id that the bucket has now: another run may have been first */
async function nameBucket(archive: Archive): Promise<string> {
  const { archiveID } = await archive.sweeps.giveIdentity(crypto.randomUUID());
  await archive.objects.create(ARCHIVE_ID_KEY, utf8(archiveID));
  return (await bucketID(archive)) ?? archiveID;
}

/**
 * The same as `separation`, for the first requests of an isolate: makes the id of a new archive, and logs what is
 * wrong. It takes one read of the bucket and one of the index.
 */
export async function beginArchive(archive: Archive, now: number): Promise<Separation | undefined> {
  const apart = await separation(archive, now);
  if (apart !== undefined) logFailure('archive-apart', undefined, { archive: archive.name, reason: apart });
  return apart;
}

async function bucketID(archive: Archive): Promise<string | undefined> {
  const stream = await archive.objects.read(ARCHIVE_ID_KEY);
  // Read as a whole: 36 characters, which this archive wrote.
  return stream === null ? undefined : (await new Response(stream).text()).trim();
}

/** The reason why the objects and the rows cannot belong to one archive, as far as a sample of each shows it. */
async function misfitOf(archive: Archive, now: number): Promise<Separation | undefined> {
  if (!(await knowsObjects(archive, now))) return 'unknown-objects';
  for (const instance of await archive.sweeps.someInstances()) {
    const key = instanceKey(instance, instance.version, 'dcm');
    const { objects } = await archive.objects.list(key);
    if (objects.length === 0) return 'missing-objects';
  }
  return undefined;
}

/** Newer objects may belong to a request that is still running, which the index does not know yet. */
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
