import { logFailure } from '../../log';
import { restoreAccess } from '../access/keep-access';
import { continueRecord } from '../audit/continue-record';
import { tellStudiesAgain } from '../deidentify/archive-key';
import { HeldMemory } from '../memory/held-memory';
import { ACCESS_PREFIX, describeKey, UPLOAD_MS } from '../object-keys';
import type { Archive } from '../ports';
import { joinIndexAndBucket, separation } from '../remove/archive-id';
import { type StoreSettings, StoreTransaction } from '../store/store';
import { UnavailableError } from '../unavailable';
import { ObjectBytes } from '../upload/object-bytes';
import { clearStudy, copyStudy, insertStudy, newestSnapshot, snapshotsOf } from './catch-up';
import { momentsOfBucket, noteMoment, wherePutBack } from './index-moment';
import { after, ENDED, newRebuild, type Rebuild } from './rebuild-progress';
import { describeSnapshotKey, SNAPSHOT_PREFIX, snapshotTime } from './snapshot-keys';

/** Why an index cannot be rebuilt: it holds something, or it belongs to another bucket. */
export class NotEmptyError extends Error {
  override readonly name = 'NotEmptyError';
}

/** The most work of one step. */
const STUDIES = 25;
const FILES = 50;
const COPIES = 200;
const FILE_BYTES = 256 * 1024 ** 2;

/** Files that are named: the state is one row. */
const NAMED = 100;

/** What a rebuild is begun with. */
export interface RebuildOptions {
  /**
   * An index that was put back to an earlier moment stays as it is. Files without rows are stored again in this case
   * too.
   */
  readonly keepIndex?: boolean;
  /** Files without rows are stored again, even when nothing says that the index was put back. */
  readonly catchUp?: boolean;
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
  const next = await stepOf(archive, settings, state, now);
  const ended = next.phase === 'unfiled/' && next.cursor === undefined && next.done === ENDED;
  const caughtUp = state.since !== undefined && isOfRows && next.phase === 'instances/';
  if (state.since === undefined ? ended : caughtUp) {
    await continueRecord(archive);
    await noteMoment(archive, Math.max(now, ...(await momentsOfBucket(archive.objects))));
    await joinIndexAndBucket(archive, now);
    // Rows from snapshots have no values of the search attributes.
    if ((settings.searchAttributes ?? []).length > 0) await archive.background.requestReindex();
  }
  const kept = ended ? { ...next, done: 0, finishedAt: now } : next;
  await archive.snapshots.keepRebuild(JSON.stringify(kept));
  return kept;
}

function stepOf(archive: Archive, settings: StoreSettings, state: Rebuild, now: number): Promise<Rebuild> {
  if (state.phase === 'access') return bringAccessBack(archive, state);
  if (state.phase === 'newer' || state.phase === 'snapshots') return copySnapshots(archive, state, now);
  return storeAgain(archive, settings, state);
}

/** The rebuild that is under way or was the last one, if there was one. */
export async function rebuildState(archive: Archive): Promise<Rebuild | undefined> {
  const kept = await archive.snapshots.rebuild();
  return kept === undefined ? undefined : JSON.parse(kept);
}

async function begun(archive: Archive, now: number, { keepIndex, catchUp }: RebuildOptions): Promise<Rebuild> {
  const kept = await rebuildState(archive);
  if (kept?.phase === 'objects') {
    // A first look that was under way when the restoration began may have given some databases an id.
    await archive.sweeps.forgetIdentity();
    return { ...kept, ...newRebuild(now) };
  }
  if (kept !== undefined && kept.finishedAt === undefined) return kept;
  const wasPutBack = (await separation(archive, now)) === 'index-put-back';
  if (kept !== undefined && !wasPutBack && !catchUp) return kept;
  const state = wasPutBack || catchUp ? await laterThanIndex(archive, now, keepIndex === true) : newRebuild(now);
  if (state.since === undefined && !(await isNew(archive))) throw new NotEmptyError();
  // The state is kept before the first row is inserted, because the index is not empty after that.
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
  // If nothing says which database was put back, it may be any of them.
  const since = Math.min(...(putBack.length > 0 ? putBack.map((at) => moments[at]!) : known.length > 0 ? known : [0]));
  return { ...newRebuild(now), since, ...(keepsIndex && { keepsIndex }) };
}

/**
 * Keys and shares that were revoked after the moment to which the index was put back are revoked again, even when the
 * index stays as it was put back.
 */
async function bringAccessBack(archive: Archive, state: Rebuild): Promise<Rebuild> {
  const { objects, cursor } = await archive.objects.list(ACCESS_PREFIX, state.cursor);
  const some = objects.slice(state.done, state.done + COPIES).map(({ key }) => key);
  await restoreAccess(archive, some);
  const { cursor: _, ...rest } = state;
  return { ...rest, ...after(state, state.done + some.length, objects.length, cursor) };
}

async function copySnapshots(archive: Archive, state: Rebuild, now: number): Promise<Rebuild> {
  const { objects, cursor } = await archive.objects.list(SNAPSHOT_PREFIX, state.cursor);
  const { since = -1 } = state;
  const described = objects.flatMap(({ key }) => describeSnapshotKey(key) ?? []);
  const newer = described.filter(({ snapshot }) => snapshotTime(snapshot) > since);
  const studies = [...new Set(newer.map(({ studyInstanceUID }) => studyInstanceUID))];
  const some = studies.slice(state.done, state.done + STUDIES);
  await copyStudies(archive, state, some, now);
  if (state.phase === 'snapshots') await tellStudiesAgain(archive, some);
  const { cursor: _, ...rest } = state;
  const next = after(state, state.done + some.length, studies.length, cursor);
  // A study whose pages are in two pages of the listing is copied twice, and counts twice.
  return { ...rest, ...next, studies: state.studies + (state.phase === 'newer' ? 0 : some.length) };
}

async function copyStudies(
  archive: Archive,
  { since, keepsIndex, phase }: Rebuild,
  studies: readonly string[],
  now: number,
): Promise<void> {
  // Their rows stay as they were put back, and new snapshots will have them.
  if (keepsIndex) return await archive.snapshots.noteChanged(studies);
  const ofPutBack = phase === 'newer' ? clearStudy : insertStudy;
  const work = since === undefined ? copyStudy : ofPutBack;
  for await (const study of snapshotsOf(archive, studies)) await work(archive, study, now);
}

/** Files that no row names, and that are newer than what is known of their study. */
async function storeAgain(archive: Archive, settings: StoreSettings, state: Rebuild): Promise<Rebuild> {
  const { objects, cursor } = await archive.objects.list(state.phase, state.cursor);
  const from = (state.since ?? 0) - UPLOAD_MS;
  const files = objects.filter(({ key, uploaded }) => key.endsWith('.dcm') && uploaded >= from);
  const left = files.slice(state.done);
  const unnamed = new Set(await archive.sweeps.unreferenced(left.flatMap(({ key }) => describeKey(key))));
  const unknown = left.filter(({ key }) => unnamed.has(key));
  const some = unknown.slice(0, FILES);
  const late = await lateOf(archive, some);
  const results = new Map<string, string>();
  for (const group of await groupsOf(archive, late)) {
    for (const [key, result] of await storeGroup(archive, settings, group, state)) results.set(key, result);
  }
  const refused = late
    .map(({ key }) => ({ key, reason: results.get(key) ?? 'unreadable' }))
    .filter(({ reason }) => reason !== 'stored');
  const { cursor: _, failedAt: __, ...rest } = state;
  const done = some.length < unknown.length ? files.indexOf(some.at(-1)!) + 1 : files.length;
  return {
    ...rest,
    ...after(state, done, files.length, cursor),
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
 * Those of the files that were stored after the snapshot of their study, in the order of their arrival. When a snapshot
 * was taken, a file that no row names neither counted nor was removed; it counts if its store may have been under way
 * at that time.
 */
async function lateOf(archive: Archive, files: readonly LateFile[]): Promise<LateFile[]> {
  const takenAt = new Map<string | undefined, number>([[undefined, 0]]);
  const late: LateFile[] = [];
  for (const file of files) {
    const study = describeKey(file.key)[0]?.studyInstanceUID;
    if (study !== undefined && !takenAt.has(study)) takenAt.set(study, (await newestSnapshot(archive, study)).takenAt);
    if (file.uploaded >= takenAt.get(study)! - UPLOAD_MS) late.push(file);
  }
  return late.sort((one, other) => one.uploaded - other.uploaded);
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
    return (await archive.objects.look(key))?.byteLength ?? null;
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
