import { logFailure } from '../../log';
import { continueRecord } from '../audit/continue-record';
import { tellStudiesAgain } from '../deidentify/archive-key';
import { HeldMemory } from '../memory/held-memory';
import { describeKey, UPLOAD_MS } from '../object-keys';
import type { Archive } from '../ports';
import { joinIndexAndBucket, separation } from '../remove/archive-id';
import { type StoreSettings, StoreTransaction } from '../store/store';
import { UnavailableError } from '../unavailable';
import { ObjectBytes } from '../upload/object-bytes';
import { type CatchUp, clearStudy, copyStudy, insertStudy, keepStudy, newestSnapshot } from './catch-up';
import { momentsOfBucket, noteMoment, wherePutBack } from './index-moment';
import { describeSnapshotKey, SNAPSHOT_PREFIX, snapshotTime } from './snapshot-keys';

/** How far a rebuild has come. Times are milliseconds since 1970. */
export interface Rebuild {
  readonly startedAt: number;
  /** Absent: it is not finished. */
  readonly finishedAt?: number;
  /**
   * objects: objects of a backup are put into the bucket (restoration.ts). newer: old rows of studies with newer snapshots are
   * deleted. snapshots: rows are copied from snapshots. The others: objects without rows are stored again.
   */
  readonly phase: 'objects' | 'newer' | 'snapshots' | 'instances/' | 'unfiled/';
  /** Of the phase `objects`: the id of the archive that was backed up. */
  readonly archiveID?: string;
  /** The index was put back: it knows nothing from after this time. Only what is newer is looked at. */
  readonly since?: number;
  /** What the index says counts, although the bucket tells of later changes. */
  readonly keepsIndex?: boolean;
  /** The cursor of the listing, and how many of the page's studies or objects are done. */
  readonly cursor?: string;
  readonly done: number;
  /** Studies whose snapshots were copied; instances that were stored again, and files that could not be. */
  readonly studies: number;
  readonly storedAgain: number;
  readonly refused: number;
  /** The first of the files that could not be. */
  readonly refusedFiles?: readonly RefusedFile[];
  /** A file that could not be read to its end: if that happens again, it is left out. */
  readonly failedAt?: string;
}

/** A file without a row that was not stored again. */
export interface RefusedFile {
  readonly key: string;
  /** The result of its store (StoreResult), or `unreadable` when its bytes could not be read. */
  readonly reason: string;
}

/** Why an index cannot be rebuilt: it holds something, or it belongs to another bucket. */
export class NotEmptyError extends Error {
  override readonly name = 'NotEmptyError';
}

/** What one step does at most. */
const STUDIES = 25;
const FILES = 50;
const FILE_BYTES = 256 * 1024 ** 2;

/** Files that are named: the state is one row. */
const NAMED = 100;

/** What a rebuild is begun with. */
export interface RebuildOptions {
  /** Where the index was put back, it stays so; files without rows are stored again all the same. */
  readonly keepIndex?: boolean;
  /** Also when nothing says that the index was put back: files without rows are stored again. */
  readonly catchUp?: boolean;
}

/** A rebuild that has done nothing yet. @param now milliseconds since 1970 */
export function newRebuild(now: number): Rebuild {
  return { startedAt: now, phase: 'snapshots', done: 0, studies: 0, storedAgain: 0, refused: 0 };
}

/**
 * Continues to rebuild an index from the bucket, or begins to: the rows of each study's newest snapshot are copied into the
 * index, and then files that are newer than their study's snapshot are read where they lie and stored. At the end the index gets
 * the bucket's id, and changes are accepted again. The state is kept after each part of a step, so a step may be
 * interrupted anywhere. An index that was put back to an earlier moment catches up: see catch-up.ts. It belongs to the bucket
 * again, and changes are accepted, before the files are read.
 * @param now milliseconds since 1970
 * @throws NotEmptyError when the index is in use
 */
export async function rebuildStep(
  archive: Archive,
  settings: StoreSettings,
  now: number,
  options: RebuildOptions = {},
): Promise<Rebuild> {
  const state = await begun(archive, now, options);
  if (state.finishedAt !== undefined) return state;
  const isOfRows = state.phase === 'newer' || state.phase === 'snapshots';
  const next = isOfRows ? await copySnapshots(archive, state, now) : await storeAgain(archive, settings, state);
  const ended = next.phase === 'unfiled/' && next.cursor === undefined && next.done === ENDED;
  const caughtUp = state.since !== undefined && isOfRows && next.phase === 'instances/';
  if (state.since === undefined ? ended : caughtUp) {
    await continueRecord(archive);
    await noteMoment(archive, Math.max(now, ...(await momentsOfBucket(archive.objects))));
    await joinIndexAndBucket(archive, now);
  }
  const kept = ended ? { ...next, done: 0, finishedAt: now } : next;
  await archive.snapshots.keepRebuild(JSON.stringify(kept));
  return kept;
}

/** The rebuild that is under way or was the last one, if there was one. */
export async function rebuildState(archive: Archive): Promise<Rebuild | undefined> {
  const kept = await archive.snapshots.rebuild();
  return kept === undefined ? undefined : JSON.parse(kept);
}

async function begun(archive: Archive, now: number, { keepIndex, catchUp }: RebuildOptions): Promise<Rebuild> {
  const kept = await rebuildState(archive);
  if (kept?.phase === 'objects') return newRebuild(now);
  if (kept !== undefined && kept.finishedAt === undefined) return kept;
  const wasPutBack = (await separation(archive, now)) === 'index-put-back';
  if (kept !== undefined && !wasPutBack && !catchUp) return kept;
  const state = wasPutBack || catchUp ? await laterThanIndex(archive, now, keepIndex === true) : newRebuild(now);
  if (state.since === undefined && !(await isNew(archive))) throw new NotEmptyError();
  // Kept before the first row, since the index is not empty any more after it.
  await archive.snapshots.keepRebuild(JSON.stringify(state));
  return state;
}

async function isNew({ sweeps, snapshots }: Archive): Promise<boolean> {
  return (await sweeps.identity()) === undefined && (await snapshots.isEmpty());
}

async function laterThanIndex({ snapshots, objects }: Archive, now: number, keepsIndex: boolean): Promise<Rebuild> {
  const moments = await snapshots.moments();
  const putBack = wherePutBack(moments, await momentsOfBucket(objects));
  const known = moments.filter((moment) => moment > 0);
  // Where nothing says which database was put back, it may be any of them.
  const since = Math.min(...(putBack.length > 0 ? putBack.map((at) => moments[at]!) : known.length > 0 ? known : [0]));
  return { ...newRebuild(now), phase: keepsIndex ? 'snapshots' : 'newer', since, ...(keepsIndex && { keepsIndex }) };
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
  if (phase === 'newer') return { phase: 'snapshots', done: 0 };
  if (phase === 'snapshots') return { phase: 'instances/', done: 0 };
  return phase === 'instances/' ? { phase: 'unfiled/', done: 0 } : { phase, done: ENDED };
}

async function copySnapshots(archive: Archive, state: Rebuild, now: number): Promise<Rebuild> {
  const { objects, cursor } = await archive.objects.list(SNAPSHOT_PREFIX, state.cursor);
  const { since = -1 } = state;
  const described = objects.flatMap(({ key }) => describeSnapshotKey(key) ?? []);
  const newer = described.filter(({ snapshot }) => snapshotTime(snapshot) > since);
  const studies = [...new Set(newer.map(({ studyInstanceUID }) => studyInstanceUID))];
  const some = studies.slice(state.done, state.done + STUDIES);
  const work = workOf(state);
  for (const studyInstanceUID of some) await work(archive, studyInstanceUID, now);
  if (state.phase === 'snapshots') await tellStudiesAgain(archive, some);
  const { cursor: _, ...rest } = state;
  const next = after(state, state.done + some.length, studies.length, cursor);
  // A study whose pages are in two pages of the listing is copied twice, and counts twice.
  return { ...rest, ...next, studies: state.studies + (state.phase === 'newer' ? 0 : some.length) };
}

function workOf({ since, keepsIndex, phase }: Rebuild): CatchUp {
  if (since === undefined) return copyStudy;
  if (keepsIndex) return keepStudy;
  return phase === 'newer' ? clearStudy : insertStudy;
}

/** Files that no row names, and that are newer than what is known of their study. */
async function storeAgain(archive: Archive, settings: StoreSettings, state: Rebuild): Promise<Rebuild> {
  const { objects, cursor } = await archive.objects.list(state.phase, state.cursor);
  const from = (state.since ?? 0) - UPLOAD_MS;
  const files = objects.filter(({ key, uploaded }) => key.endsWith('.dcm') && uploaded >= from);
  const some = files.slice(state.done, state.done + FILES);
  const uploaded = new Map(some.map((object) => [object.key, object.uploaded]));
  const unknown = new Set(await archive.sweeps.unreferenced([...uploaded.keys()].flatMap(describeKey)));
  const late: LateFile[] = [];
  for (const object of some) if (unknown.has(object.key) && (await isLate(archive, object))) late.push(object);
  late.sort((one, other) => one.uploaded - other.uploaded);
  const results = new Map<string, string>();
  for (const group of await groupsOf(archive, late)) {
    for (const [key, result] of await storeGroup(archive, settings, group, state)) results.set(key, result);
  }
  const refused = late
    .map(({ key }) => ({ key, reason: results.get(key) ?? 'unreadable' }))
    .filter(({ reason }) => reason !== 'stored');
  const { cursor: _, failedAt: __, ...rest } = state;
  return {
    ...rest,
    ...after(state, state.done + some.length, files.length, cursor),
    storedAgain: state.storedAgain + late.length - refused.length,
    refused: state.refused + refused.length,
    refusedFiles: [...(state.refusedFiles ?? []), ...refused].slice(0, NAMED),
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

/** @returns what became of each file that was read */
async function storeGroup(
  archive: Archive,
  settings: StoreSettings,
  group: readonly FileOfGroup[],
  state: Rebuild,
): Promise<[key: string, result: string][]> {
  const memory = new HeldMemory();
  // What is there counts: the index knows it from a snapshot.
  const transaction = new StoreTransaction(archive, { ...settings, duplicates: 'reject' }, undefined, memory);
  try {
    const read: string[] = [];
    for (const { key, length } of group) if (await addFile(archive, transaction, key, length, state)) read.push(key);
    const { results } = await transaction.commit(Math.max(...group.map(({ uploaded }) => uploaded)));
    return read.map((key, at) => [key, results[at]!.result]);
  } finally {
    memory.end();
  }
}

/**
 * @returns whether the file was read: then it has a result
 * @throws the error of the source, the first time
 */
async function addFile(
  archive: Archive,
  transaction: StoreTransaction,
  key: string,
  length: number,
  state: Rebuild,
): Promise<boolean> {
  const bytes = new ObjectBytes(archive.objects, key, length);
  try {
    await transaction.add(bytes, describeKey(key)[0]?.version);
    return true;
  } catch (error) {
    logFailure('file-unreadable', error, { archive: archive.name, object: key });
    if (state.failedAt === key) return false;
    await transaction.abandon();
    await archive.snapshots.keepRebuild(JSON.stringify({ ...state, failedAt: key }));
    throw error;
  } finally {
    await bytes.close();
  }
}
