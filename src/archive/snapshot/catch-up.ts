import { through } from '../bytes';
import type { Archive } from '../ports';
import type { SnapshotPage } from './snapshot';
import { describeSnapshotKey, SNAPSHOT_PREFIX, snapshotTime } from './snapshot-keys';

/*
 * An index that was put back to an earlier moment catches up with the bucket: the rows of each study that has a newer snapshot
 * than that moment are replaced by those of the snapshot. First the old rows of all such studies are deleted, and then the new
 * ones are inserted: a row number may have gone from one study to another in the meantime.
 */

/** What is done with the rows of a study. */
export type CatchUp = (archive: Archive, study: StudySnapshot, now: number) => Promise<void>;

/** The newest complete snapshot of a study. */
export interface StudySnapshot extends NewestSnapshot {
  readonly studyInstanceUID: string;
  /** Its first page; null: there is no snapshot. */
  readonly first: SnapshotPage | null;
}

/** The objects of the newest complete snapshot of a study. */
export interface NewestSnapshot {
  /** The keys of its pages, in their order. */
  readonly keys: readonly string[];
  /** The keys of the pages of the snapshots before it. */
  readonly older: readonly string[];
  /** When it was begun, milliseconds since 1970; 0: there is none. */
  readonly takenAt: number;
}

/** A page of a snapshot is not what was written. */
export class DamagedPageError extends Error {
  override readonly name = 'DamagedPageError';

  constructor(readonly key: string) {
    super('a page of a snapshot is damaged');
  }
}

/**
 * Reads a page of a snapshot.
 * @returns null when there is no such object
 * @throws DamagedPageError
 */
export async function readPage(archive: Archive, key: string): Promise<SnapshotPage | null> {
  const stream = await archive.objects.read(key);
  if (stream === null) return null;
  // Collected whole: a page of 2,000 instances, some 200 kB, which this archive wrote.
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  try {
    const json = await through(new DecompressionStream('gzip'), [bytes]);
    return JSON.parse(new TextDecoder().decode(json));
  } catch {
    throw new DamagedPageError(key);
  }
}

/** Looks for the newest complete snapshot of a study. */
export async function newestSnapshot(archive: Archive, studyInstanceUID: string): Promise<NewestSnapshot> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await archive.objects.list(`${SNAPSHOT_PREFIX}${studyInstanceUID}/`, cursor);
    keys.push(...page.objects.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== undefined);
  const described = keys.map((key) => ({ key, ...describeSnapshotKey(key)! }));
  const newest = described.findLast(({ isLast }) => isLast)?.snapshot;
  if (newest === undefined) return { keys: [], older: [], takenAt: 0 };
  return {
    keys: described.filter(({ snapshot }) => snapshot === newest).map(({ key }) => key),
    older: described.filter(({ snapshot }) => snapshot < newest).map(({ key }) => key),
    takenAt: snapshotTime(newest),
  };
}

/** Snapshots that are read at the same time: a request has six connections that may wait for a response. */
const AT_ONCE = 4;

/**
 * Reads the newest snapshots of studies, the next ones while the caller works on one. Each takes a listing and a read of R2, which
 * are some tens of milliseconds each.
 * @throws DamagedPageError when it is the turn of a study whose first page is damaged
 */
export async function* snapshotsOf(archive: Archive, studies: readonly string[]): AsyncGenerator<StudySnapshot> {
  const reads: Promise<StudySnapshot>[] = [];
  for (let at = 0; at < studies.length; at += 1) {
    for (const next of studies.slice(reads.length, at + AT_ONCE)) {
      const read = readSnapshot(archive, next);
      // A failure counts when its turn comes.
      read.catch(() => undefined);
      reads.push(read);
    }
    yield await reads[at]!;
    delete reads[at];
  }
}

async function readSnapshot(archive: Archive, studyInstanceUID: string): Promise<StudySnapshot> {
  const newest = await newestSnapshot(archive, studyInstanceUID);
  const [key] = newest.keys;
  return { ...newest, studyInstanceUID, first: key === undefined ? null : await readPage(archive, key) };
}

/**
 * Copies all rows of a study from its newest snapshot into the index. Rows that are there stay. Its earlier snapshots are
 * then not needed.
 */
export const copyStudy: CatchUp = async (archive, { keys, older, first }, now) => {
  if (older.length > 0) await archive.snapshots.queueDeletion(older, now);
  if (first === null) return;
  const shift = await archive.snapshots.insert(first, undefined);
  for (const key of keys.slice(1)) {
    const page = await readPage(archive, key);
    if (page === null) return;
    await archive.snapshots.insert(page, shift);
  }
};

/** Deletes the rows of a study, unless they are newer than its snapshot. */
export const clearStudy: CatchUp = async (archive, study) => {
  if (await isOlder(archive, study)) await archive.snapshots.clear(study.studyInstanceUID);
};

/** Inserts the rows of its snapshot, unless those that are there are newer. */
export const insertStudy: CatchUp = async (archive, study, now) => {
  if (await isOlder(archive, study)) await copyStudy(archive, study, now);
  else await archive.snapshots.noteChanged([study.studyInstanceUID]);
};

/**
 * Whether the index knows of no change of the study after its newest snapshot. The snapshot also has a change that was
 * made after it was begun and before its rows were read.
 */
async function isOlder(archive: Archive, { studyInstanceUID, first }: StudySnapshot): Promise<boolean> {
  if (first === null) return false;
  const known = await archive.snapshots.lastChange(studyInstanceUID);
  return known <= Math.max(first.takenAt, lastChangeIn(first));
}

function lastChangeIn({ columns, rows }: SnapshotPage): number {
  const newest = (table: 'study' | 'removal', column: string) => {
    const at = columns[table]?.indexOf(column) ?? -1;
    return Math.max(0, ...(rows[table] ?? []).map((row) => Number(row[at] ?? 0)));
  };
  return Math.max(newest('study', 'updated_at'), newest('removal', 'removed_at'));
}
