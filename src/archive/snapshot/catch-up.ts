import { through } from '../bytes';
import type { Archive } from '../ports';
import type { SnapshotPage } from './snapshot';
import { describeSnapshotKey, SNAPSHOT_PREFIX, snapshotTime } from './snapshot-keys';

/*
 * An index that was put back to an earlier moment catches up with the bucket: the rows of each study that has a snapshot from
 * after that moment are replaced by those of the snapshot. First the old rows of all such studies are deleted, and then the new
 * ones are inserted: a row number may have gone from one study to another in the meantime.
 */

/** What is done with the rows of a study. */
export type CatchUp = (archive: Archive, studyInstanceUID: string, now: number) => Promise<void>;

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

/**
 * The keys of the newest snapshot that is whole, in the order of its pages, and when it was begun; 0: there is none. And the keys of
 * the snapshots before it.
 */
export async function newestSnapshot(
  archive: Archive,
  studyInstanceUID: string,
): Promise<{ keys: string[]; older: string[]; takenAt: number }> {
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

/**
 * Copies all rows of a study from its newest snapshot into the index. Rows that are there stay. Its earlier snapshots are
 * then not needed.
 */
export const copyStudy: CatchUp = async (archive, studyInstanceUID, now) => {
  let shift: number | undefined;
  const { keys, older } = await newestSnapshot(archive, studyInstanceUID);
  if (older.length > 0) await archive.snapshots.queueDeletion(older, now);
  for (const key of keys) {
    const page = await readPage(archive, key);
    if (page === null) return;
    shift = await archive.snapshots.insert(page, shift);
  }
};

/** Deletes the rows of a study, unless they are newer than its snapshot. */
export const clearStudy: CatchUp = async (archive, studyInstanceUID) => {
  if (await isOlder(archive, studyInstanceUID)) await archive.snapshots.clear(studyInstanceUID);
};

/** Inserts the rows of its snapshot, unless those that are there are newer. */
export const insertStudy: CatchUp = async (archive, studyInstanceUID, now) => {
  if (await isOlder(archive, studyInstanceUID)) await copyStudy(archive, studyInstanceUID, now);
  else await archive.snapshots.noteChanged([studyInstanceUID]);
};

/** The rows of the study stay as they were put back, and a new snapshot will have them. */
export const keepStudy: CatchUp = (archive, studyInstanceUID) => archive.snapshots.noteChanged([studyInstanceUID]);

/**
 * Whether the index knows of no change of the study after its newest snapshot. The snapshot also has a change that was
 * made after it was begun and before its rows were read.
 */
async function isOlder(archive: Archive, studyInstanceUID: string): Promise<boolean> {
  const [key] = (await newestSnapshot(archive, studyInstanceUID)).keys;
  const page = key === undefined ? null : await readPage(archive, key);
  if (page === null) return false;
  const known = await archive.snapshots.lastChange(studyInstanceUID);
  return known <= Math.max(page.takenAt, lastChangeIn(page));
}

function lastChangeIn({ columns, rows }: SnapshotPage): number {
  const newest = (table: 'study' | 'removal', column: string) => {
    const at = columns[table]?.indexOf(column) ?? -1;
    return Math.max(0, ...(rows[table] ?? []).map((row) => Number(row[at] ?? 0)));
  };
  return Math.max(newest('study', 'updated_at'), newest('removal', 'removed_at'));
}
