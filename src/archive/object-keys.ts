import type { InstanceIdentity, SeriesIdentity } from './identities';
import type { StoredObject } from './remove/sweep-index';

/**
 * The names of R2 objects. A version is made for one upload and is never used again, so no object is written twice, and
 * every byte may be cached without a time limit.
 */
export function newVersion(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

/** Marks a version whose upload began before the UIDs were known: its keys cannot contain the UIDs. */
const UNFILED = 'u';

/** A version for an instance whose first upload part is full before its UIDs have been read. */
export function newUnfiledVersion(): string {
  return UNFILED + newVersion();
}

/** Whether the keys of the version contain no UIDs. */
export function isUnfiled(version: string): boolean {
  return version.startsWith(UNFILED);
}

/**
 * dcm: the Part 10 file. frames: the table of compressed frames. inflated: the inflated data set of a deflated file.
 * thumbnail: a small JPEG after a mark that says how it was made; it is made when it is first requested, and may be
 * made again at any time. copy: the only frame, losslessly compressed (frame-copies.ts).
 */
export const INSTANCE_OBJECTS = ['dcm', 'frames', 'inflated', 'thumbnail', 'copy'] as const;
/** One of the names above. */
export type InstanceObject = (typeof INSTANCE_OBJECTS)[number];

/** The key of an instance's object: instances/<study>/<series>/<sop>/<version>.<object> */
export function instanceKey(instance: InstanceIdentity, version: string, object: InstanceObject): string {
  if (isUnfiled(version)) return unfiledKey(version, object);
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = instance;
  return `instances/${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}/${version}.${object}`;
}

/** The key of an object whose upload began before the UIDs were known: unfiled/<version>.<object> */
export function unfiledKey(version: string, object: InstanceObject): string {
  return `unfiled/${version}.${object}`;
}

/**
 * For a report of an object: the UIDs of its instance, when the key does not have them.
 * @returns instance: Study, Series and SOP Instance UID, joined by slashes
 */
export function besideKey(instance: InstanceIdentity, version: string): { readonly instance?: string } {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = instance;
  return isUnfiled(version) ? { instance: `${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}` } : {};
}

/** A key for bulk data that waits until its instance is written: unfiled/<version>.bulk */
export function spoolKey(): string {
  return `unfiled/${newVersion()}.bulk`;
}

/** The key of the bytes of an upload that do not fill a part yet: unfiled/<version>.rest */
export function restKey(version: string): string {
  return `unfiled/${version}.rest`;
}

/** The key of a metadata segment: metadata/<study>/<series>/<name> */
export function segmentKey(series: SeriesIdentity, name: string): string {
  return `metadata/${series.studyInstanceUID}/${series.seriesInstanceUID}/${name}`;
}

/**
 * The prefixes of the archive's objects: instances, their metadata, and uploads that began before the UIDs were known.
 */
export const OBJECT_PREFIXES: readonly [string, ...string[]] = ['instances/', 'metadata/', 'unfiled/'];

/** The prefix of copies of keys and shares: access/access-copies.ts. */
export const ACCESS_PREFIX = 'access/';

/**
 * The object that says to which archive the bucket belongs, or the part of it under the archive's prefix: see
 * archive-id.ts.
 */
export const ARCHIVE_ID_KEY = 'archive-id';

/** The key of the key with which the archive makes pseudonyms: deidentify/archive-key.ts. */
export const DEIDENTIFICATION_KEY = 'deidentification-key';

/** The key of the key from which each share makes pseudonyms of its own. */
export const SHARE_DEIDENTIFICATION_KEY = 'share-deidentification-key';

/** The key of the moments at which rows were copied: snapshot/index-moment.ts. */
export const INDEX_MOMENT_KEY = 'index-moment';

/** What becomes of the objects of a kind. */
interface ObjectKind {
  /**
   * of-study: a backup copies what the rows of a study name. each: it copies every one. made: it does not, because the restoration
   * or the rebuild makes it. never: it must not.
   */
  readonly backup: 'of-study' | 'each' | 'made' | 'never';
  /** What a rebuild of the index makes of them; none: nothing that the index needs. */
  readonly rebuild: 'rows' | 'chain' | 'identity' | 'moment' | 'access' | 'pseudonyms' | 'none';
  /**
   * The verification compares them with rows, or the chain of the record with its digests; studies: it looks for those
   * of each study, and reads them; used: what reads them finds out.
   */
  readonly verification: 'rows' | 'studies' | 'chain' | 'used';
}

/**
 * Every kind of object: the key, or the prefix that ends in a slash. The bucket takes no object of another kind
 * (storage/r2-objects.ts), so a new one is entered here first, and test/system/backup.test.ts follows each to its end.
 */
export const OBJECT_KINDS: Readonly<Record<string, ObjectKind>> = {
  'instances/': { backup: 'of-study', rebuild: 'rows', verification: 'rows' },
  'metadata/': { backup: 'of-study', rebuild: 'rows', verification: 'rows' },
  'unfiled/': { backup: 'of-study', rebuild: 'rows', verification: 'rows' },
  'index/': { backup: 'of-study', rebuild: 'rows', verification: 'studies' },
  'record/': { backup: 'each', rebuild: 'chain', verification: 'chain' },
  // A backup may be older than a revocation, and would bring the key back to life.
  [ACCESS_PREFIX]: { backup: 'never', rebuild: 'access', verification: 'used' },
  [ARCHIVE_ID_KEY]: { backup: 'made', rebuild: 'identity', verification: 'used' },
  [INDEX_MOMENT_KEY]: { backup: 'made', rebuild: 'moment', verification: 'used' },
  // Patients and studies keep their pseudonyms in the restored archive.
  [DEIDENTIFICATION_KEY]: { backup: 'each', rebuild: 'pseudonyms', verification: 'used' },
  // A backup has no shares.
  [SHARE_DEIDENTIFICATION_KEY]: { backup: 'never', rebuild: 'pseudonyms', verification: 'used' },
};

/** The kind of an object by its key; undefined: the archive has no such kind. */
export function kindOf(key: string): ObjectKind | undefined {
  const slash = key.indexOf('/');
  return OBJECT_KINDS[slash === -1 ? key : key.slice(0, slash + 1)];
}

/** Backup, restoration and rebuild know what to do with each kind of object. @throws TypeError when there is no such kind */
export function requireKind(key: string): void {
  if (kindOf(key) === undefined) throw new TypeError('There is no such kind of object in OBJECT_KINDS.');
}

/**
 * Milliseconds for which an object that no row names may belong to a request that is still running: no request takes
 * longer.
 */
export const UPLOAD_MS = 24 * 60 * 60 * 1000;

/** The objects that a key of the above forms means; none for a key of another form. */
export function describeKey(key: string): StoredObject[] {
  const [kind, first, second, third, file] = key.split('/');
  // A page of a snapshot, or a copy of a key or a share: no row names it.
  if (kind === 'index' || kind === 'access') return [{ key }];
  if (kind === 'unfiled' && first !== undefined) return [{ key, version: versionOf(first) }];
  if (first === undefined || second === undefined || third === undefined) return [];
  const series = { key, studyInstanceUID: first, seriesInstanceUID: second };
  if (kind === 'metadata') return [{ ...series, segment: third }];
  return file === undefined ? [] : [{ ...series, sopInstanceUID: third, version: versionOf(file) }];
}

function versionOf(file: string): string {
  return file.slice(0, file.indexOf('.'));
}
