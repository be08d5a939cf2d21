import { logFailure } from '../../log';
import { through } from '../bytes';
import { HeldMemory } from '../memory/held-memory';
import { describeKey, UPLOAD_MS } from '../object-keys';
import type { Archive } from '../ports';
import { joinIndexAndBucket } from '../remove/archive-id';
import { type StoreSettings, StoreTransaction } from '../store/store';
import type { StoreResult } from '../store/store-result';
import { UnavailableError } from '../unavailable';
import { ObjectBytes } from '../upload/object-bytes';
import type { SnapshotPage } from './snapshot';
import { describeSnapshotKey, SNAPSHOT_PREFIX, snapshotTime } from './snapshot-keys';

/** How far a rebuild has come. Times are milliseconds since 1970. */
export interface Rebuild {
  readonly startedAt: number;
  /** Absent: it is not finished. */
  readonly finishedAt?: number;
  /** snapshots: rows are copied from snapshots. The others: objects without rows are stored again. */
  readonly phase: 'snapshots' | 'instances/' | 'unfiled/';
  /** The cursor of the listing, and how many of the page's studies or objects are done. */
  readonly cursor?: string;
  readonly done: number;
  /** Studies whose snapshots were copied; instances that were stored again, and files that could not be. */
  readonly studies: number;
  readonly storedAgain: number;
  readonly refused: number;
  /** A file that could not be read to its end: if that happens again, it is left out. */
  readonly failedAt?: string;
}

/** Why an index cannot be rebuilt: it holds something, or it belongs to another bucket. */
export class NotEmptyError extends Error {
  override readonly name = 'NotEmptyError';
}

/** What one step does at most. */
const STUDIES = 25;
const FILES = 50;
const FILE_BYTES = 256 * 1024 ** 2;

/** A rebuild that has done nothing yet. @param now milliseconds since 1970 */
function newRebuild(now: number): Rebuild {
  return { startedAt: now, phase: 'snapshots', done: 0, studies: 0, storedAgain: 0, refused: 0 };
}

/**
 * Continues to rebuild an index from the bucket, or begins to: the rows of each study's newest snapshot are copied into the
 * index, and then files that are newer than their study's snapshot are read where they lie and stored. At the end the index gets
 * the bucket's id, and changes are accepted again. The state is kept after each part of a step, so a step may be
 * interrupted anywhere.
 * @param now milliseconds since 1970
 * @throws NotEmptyError when the index is in use
 */
export async function rebuildStep(archive: Archive, settings: StoreSettings, now: number): Promise<Rebuild> {
  const state = await begun(archive, now);
  if (state.finishedAt !== undefined) return state;
  const next =
    state.phase === 'snapshots' ? await copySnapshots(archive, state) : await storeAgain(archive, settings, state);
  const ended = next.phase === 'unfiled/' && next.cursor === undefined && next.done === ENDED;
  if (ended) await joinIndexAndBucket(archive, now);
  const kept = ended ? { ...next, done: 0, finishedAt: now } : next;
  await archive.snapshots.keepRebuild(JSON.stringify(kept));
  return kept;
}

/** The rebuild that is under way or was the last one, if there was one. */
export async function rebuildState(archive: Archive): Promise<Rebuild | undefined> {
  const kept = await archive.snapshots.rebuild();
  return kept === undefined ? undefined : JSON.parse(kept);
}

async function begun(archive: Archive, now: number): Promise<Rebuild> {
  const kept = await rebuildState(archive);
  if (kept !== undefined) return kept;
  const isNew = (await archive.sweeps.identity()) === undefined && (await archive.snapshots.isEmpty());
  if (!isNew) throw new NotEmptyError();
  // Kept before the first row, since the index is not empty any more after it.
  const state = newRebuild(now);
  await archive.snapshots.keepRebuild(JSON.stringify(state));
  return state;
}

/** In place of a number of entries that are done: there is no further page. */
const ENDED = -1;

/** Where the next step goes on after `done` of `count` entries of a page. */
function after(
  state: Rebuild,
  done: number,
  count: number,
  cursor: string | undefined,
): Pick<Rebuild, 'done' | 'cursor' | 'phase'> {
  const { phase } = state;
  if (done < count) return { phase, done, ...(state.cursor !== undefined && { cursor: state.cursor }) };
  if (cursor !== undefined) return { phase, done: 0, cursor };
  if (phase === 'snapshots') return { phase: 'instances/', done: 0 };
  return phase === 'instances/' ? { phase: 'unfiled/', done: 0 } : { phase, done: ENDED };
}

async function copySnapshots(archive: Archive, state: Rebuild): Promise<Rebuild> {
  const { objects, cursor } = await archive.objects.list(SNAPSHOT_PREFIX, state.cursor);
  const studies = [...new Set(objects.flatMap(({ key }) => describeSnapshotKey(key)?.studyInstanceUID ?? []))];
  const some = studies.slice(state.done, state.done + STUDIES);
  for (const studyInstanceUID of some) await copyStudy(archive, studyInstanceUID);
  const { cursor: _, ...rest } = state;
  const next = after(state, state.done + some.length, studies.length, cursor);
  // A study whose pages are in two pages of the listing is copied twice, and counts twice.
  return { ...rest, ...next, studies: state.studies + some.length };
}

async function copyStudy(archive: Archive, studyInstanceUID: string): Promise<void> {
  let shift: number | undefined;
  for (const key of (await newestSnapshot(archive, studyInstanceUID)).keys) {
    const stream = await archive.objects.read(key);
    if (stream === null) return;
    // Collected whole: a page of 2,000 instances, some 200 kB, which this archive wrote.
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    const json = await through(new DecompressionStream('gzip'), [bytes]);
    const page: SnapshotPage = JSON.parse(new TextDecoder().decode(json));
    shift = await archive.snapshots.insert(page, shift);
  }
}

/** The keys of the newest snapshot that is whole, in the order of its pages, and when it was begun; 0: there is none. */
async function newestSnapshot(
  archive: Archive,
  studyInstanceUID: string,
): Promise<{ keys: string[]; takenAt: number }> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await archive.objects.list(`${SNAPSHOT_PREFIX}${studyInstanceUID}/`, cursor);
    keys.push(...page.objects.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== undefined);
  const described = keys.map((key) => ({ key, ...describeSnapshotKey(key)! }));
  const newest = described.findLast(({ isLast }) => isLast)?.snapshot;
  if (newest === undefined) return { keys: [], takenAt: 0 };
  return {
    keys: described.filter(({ snapshot }) => snapshot === newest).map(({ key }) => key),
    takenAt: snapshotTime(newest),
  };
}

/** Files that no row names, and that are newer than what is known of their study. */
async function storeAgain(archive: Archive, settings: StoreSettings, state: Rebuild): Promise<Rebuild> {
  const { objects, cursor } = await archive.objects.list(state.phase, state.cursor);
  const files = objects.filter(({ key }) => key.endsWith('.dcm'));
  const some = files.slice(state.done, state.done + FILES);
  const uploaded = new Map(some.map((object) => [object.key, object.uploaded]));
  const unknown = new Set(await archive.sweeps.unreferenced([...uploaded.keys()].flatMap(describeKey)));
  const late: LateFile[] = [];
  for (const object of some) if (unknown.has(object.key) && (await isLate(archive, object))) late.push(object);
  late.sort((one, other) => one.uploaded - other.uploaded);
  let stored = 0;
  for (const group of await groupsOf(archive, late)) {
    const results = await storeGroup(archive, settings, group, state);
    stored += results.filter(({ result }) => result === 'stored').length;
  }
  const { cursor: _, failedAt: __, ...rest } = state;
  return {
    ...rest,
    ...after(state, state.done + some.length, files.length, cursor),
    storedAgain: state.storedAgain + stored,
    refused: state.refused + late.length - stored,
  };
}

interface LateFile {
  readonly key: string;
  readonly uploaded: number;
}

/**
 * A file that no row names counted neither when the snapshot was taken nor was it removed. It counts if it may have been on
 * its way then.
 */
async function isLate(archive: Archive, { key, uploaded }: LateFile): Promise<boolean> {
  const study = describeKey(key)[0]?.studyInstanceUID;
  if (study === undefined) return true;
  return uploaded >= (await newestSnapshot(archive, study)).takenAt - UPLOAD_MS;
}

type FileOfGroup = LateFile & { readonly length: number };

/** Files in groups that one transaction takes. */
async function groupsOf(archive: Archive, files: readonly LateFile[]): Promise<FileOfGroup[][]> {
  const groups: FileOfGroup[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const file of files) {
    const length = await lengthOf(archive, file.key);
    if (length === null) continue;
    if (bytes + length > FILE_BYTES) groups.push([]);
    bytes = bytes + length > FILE_BYTES ? length : bytes + length;
    groups.at(-1)!.push({ ...file, length });
  }
  return groups;
}

/** @returns null when the bucket has no such object, or not all of its bytes */
async function lengthOf(archive: Archive, key: string): Promise<number | null> {
  try {
    return await archive.objects.byteLength(key);
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    logFailure('file-unreadable', error, { archive: archive.name, object: key });
    return null;
  }
}

async function storeGroup(
  archive: Archive,
  settings: StoreSettings,
  group: readonly FileOfGroup[],
  state: Rebuild,
): Promise<readonly StoreResult[]> {
  const memory = new HeldMemory();
  // What is there counts: the index knows it from a snapshot.
  const transaction = new StoreTransaction(archive, { ...settings, duplicates: 'reject' }, undefined, memory);
  try {
    for (const { key, length } of group) await addFile(archive, transaction, key, length, state);
    return (await transaction.commit(Math.max(...group.map(({ uploaded }) => uploaded)))).results;
  } finally {
    memory.end();
  }
}

/** @throws the error of the source, the first time */
async function addFile(
  archive: Archive,
  transaction: StoreTransaction,
  key: string,
  length: number,
  state: Rebuild,
): Promise<void> {
  const bytes = new ObjectBytes(archive.objects, key, length);
  try {
    await transaction.add(bytes, describeKey(key)[0]?.version);
  } catch (error) {
    logFailure('file-unreadable', error, { archive: archive.name, object: key });
    if (state.failedAt === key) return;
    await transaction.abandon();
    await archive.snapshots.keepRebuild(JSON.stringify({ ...state, failedAt: key }));
    throw error;
  } finally {
    await bytes.close();
  }
}
