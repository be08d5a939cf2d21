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

/**
 * The object that says to which archive the bucket belongs, or the part of it under the archive's prefix: see
 * archive-id.ts.
 */
export const ARCHIVE_ID_KEY = 'archive-id';

/**
 * Milliseconds for which an object that no row names may belong to a request that is still running: no request takes
 * longer.
 */
export const UPLOAD_MS = 24 * 60 * 60 * 1000;

/** The objects that a key of the above forms means; none for a key of another form. */
export function describeKey(key: string): StoredObject[] {
  const [kind, first, second, third, file] = key.split('/');
  // A page of a snapshot: no row names it.
  if (kind === 'index') return [{ key }];
  if (kind === 'unfiled' && first !== undefined) return [{ key, version: versionOf(first) }];
  if (first === undefined || second === undefined || third === undefined) return [];
  const series = { key, studyInstanceUID: first, seriesInstanceUID: second };
  if (kind === 'metadata') return [{ ...series, segment: third }];
  return file === undefined ? [] : [{ ...series, sopInstanceUID: third, version: versionOf(file) }];
}

function versionOf(file: string): string {
  return file.slice(0, file.indexOf('.'));
}
