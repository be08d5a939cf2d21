import { newVersion } from '../object-keys';

/** The prefix of all snapshots. The sweeper does not look at it: keys are deleted by the queue of deletions. */
export const SNAPSHOT_PREFIX = 'index/';

/** A name for a new snapshot: the time, so that names sort by it, and a version. @param now milliseconds since 1970 */
export function newSnapshot(now: number): string {
  return `${String(now).padStart(14, '0')}-${newVersion()}`;
}

/** The time in the name of a snapshot, milliseconds since 1970. */
export function snapshotTime(snapshot: string): number {
  return Number(snapshot.slice(0, snapshot.indexOf('-')));
}

/** index/<study>/<snapshot>/<page>[-end].json.gz */
export function snapshotKey(studyInstanceUID: string, snapshot: string, page: number, isLast: boolean): string {
  const number = String(page).padStart(6, '0');
  return `${SNAPSHOT_PREFIX}${studyInstanceUID}/${snapshot}/${number}${isLast ? '-end' : ''}.json.gz`;
}

/** What the key of a page says; undefined for a key of another form. */
export function describeSnapshotKey(key: string) {
  const [, studyInstanceUID, snapshot, file] = key.split('/');
  if (studyInstanceUID === undefined || snapshot === undefined || file === undefined) return undefined;
  return { studyInstanceUID, snapshot, isLast: file.includes('-end') };
}

/** The key of the first page of the snapshot of a further page. */
export function firstPageOf(key: string): string {
  return `${key.slice(0, key.lastIndexOf('/') + 1)}${String(0).padStart(6, '0')}.json.gz`;
}
