import { describeKey, kindOf, OBJECT_KINDS } from '../archive/object-keys';
import { DamagedPageError, readPage } from '../archive/snapshot/catch-up';
import { objectsNamedBy } from '../archive/snapshot/named-objects';
import { describeSnapshotKey, firstPageOf, SNAPSHOT_PREFIX } from '../archive/snapshot/snapshot-keys';
import { takeSnapshots } from '../archive/snapshot/take-snapshots';
import { jsonBody } from '../auth/json-body';
import type { AppContext } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';
import { logFailure } from '../log';

/*
 * What a backup asks of an archive: docs/operations.md, "Back up and restore". An administrator may copy every object of
 * the archive, and the record names the studies.
 */

/** Studies that wait for a snapshot are counted up to this number. */
const COUNTED = 1000;

/** Studies of a page, and of a request that names some. */
const STUDIES = 1000;

/** The kinds of objects that a backup copies. */
const BACKUP_KINDS = Object.keys(OBJECT_KINDS).filter(isBackupKind);

/** What may be in a key: a client makes names of files from it. R2 takes no longer one than 1,024 bytes. */
const KEY = /^(?=.{1,900}$)[a-z-]+(\/[0-9A-Za-z][\w.-]*)*$/;

function isBackupKind(key: string): boolean {
  const backup = kindOf(key)?.backup;
  return backup === 'each' || backup === 'of-study';
}

/** Whether an object with this key belongs to a backup. */
export function isBackupKey(key: string): boolean {
  return KEY.test(key) && isBackupKind(key);
}

/**
 * POST /backup: copies rows of changed studies into the bucket, which a backup then reads. A client repeats the request until
 * `more` is false. Member of the body: `missing`, Study Instance UIDs of which the client has found no rows in the bucket: they
 * are copied again. Studies that the archive does not have are left out.
 * @throws HttpProblem 400
 */
export async function prepareBackup(c: AppContext): Promise<Response> {
  const archive = c.get('archive');
  const { missing = [] } = await jsonBody(c, ['missing']);
  if (!Array.isArray(missing) || missing.length > STUDIES || !missing.every(isUID)) {
    throw new HttpProblem('bad-request', `missing is a list of ${STUDIES} Study Instance UIDs at most.`);
  }
  if (missing.length > 0) await archive.snapshots.noteMissing(missing);
  const { taken, more } = await takeSnapshots(archive, Date.now());
  const [identity, waiting] = await Promise.all([archive.sweeps.identity(), archive.snapshots.countChanged(COUNTED)]);
  // The first look at a new archive gives it an id.
  if (identity === undefined) throw new HttpProblem('unavailable', 'The archive has no id yet.');
  return json({ archiveID: identity.archiveID, taken, more, waiting });
}

function isUID(uid: unknown): boolean {
  return typeof uid === 'string' && /^[0-9.]{1,64}$/.test(uid);
}

/** How the position of a page begins that lists studies with removed instances. */
const REMOVED = 'removed/';

/**
 * GET /backup/studies: the studies of the index, a page at a time: those that are there, and then all that have removed
 * instances, as a study may be deleted as a whole. The position `after` is that of the answer before. A client that has
 * found no rows of one of them in the bucket says so by POST /backup.
 * @throws HttpProblem 400: from a wrong place, a client would begin again without an end
 */
export async function listStudies(c: AppContext): Promise<Response> {
  const { retention, snapshots } = c.get('archive');
  const position = c.req.query('after') ?? '0';
  if (position.startsWith(REMOVED)) {
    const removed = await snapshots.removedStudiesAfter(position.slice(REMOVED.length), STUDIES);
    return json({ studies: removed, after: removed.length < STUDIES ? null : REMOVED + removed.at(-1) });
  }
  if (!/^[0-9]{1,15}$/.test(position))
    throw new HttpProblem('bad-request', 'after is the position that an answer gave.');
  const found = await retention.studiesAfter(Number(position), STUDIES);
  const studies = found.map(({ studyInstanceUID }) => studyInstanceUID);
  return json({ studies, after: found.length < STUDIES ? REMOVED : found.at(-1)?.row });
}

/**
 * GET /backup/objects: the keys of objects with a prefix, a page at a time; or, with `named-by`, the objects that a page of a
 * snapshot names.
 * @throws HttpProblem 400, 404
 */
export async function listObjects(c: AppContext): Promise<Response> {
  const { objects } = c.get('archive');
  const page = c.req.query('named-by');
  if (page !== undefined) return json({ objects: await namedBy(c, page) });
  const prefix = c.req.query('prefix') ?? SNAPSHOT_PREFIX;
  if (!/^[a-z-]+(\/[\w./-]*)?$/.test(prefix) || !isBackupKind(prefix)) {
    throw new HttpProblem('bad-request', `The prefix begins with one of ${BACKUP_KINDS.join(', ')}.`);
  }
  const cursor = c.req.query('cursor');
  if (cursor !== undefined && !(cursor.startsWith(prefix) && KEY.test(cursor)))
    throw new HttpProblem('bad-request', 'cursor is the position that an answer gave.');
  const listed = await objects.list(prefix, cursor);
  const keys = listed.objects.map(({ key }) => key).filter(isBackupKey);
  return json({ keys, cursor: listed.cursor ?? null });
}

async function namedBy(c: AppContext, key: string) {
  const { studyInstanceUID } = describeSnapshotKey(key) ?? {};
  if (!isBackupKey(key) || !key.startsWith(SNAPSHOT_PREFIX) || studyInstanceUID === undefined) {
    throw new HttpProblem('bad-request', 'named-by is the key of a page of a snapshot.');
  }
  const archive = c.get('archive');
  // A new snapshot takes the place of one that is missing or damaged.
  const read = async (of: string) => {
    try {
      const found = await readPage(archive, of);
      if (found === null) await archive.snapshots.noteMissing([studyInstanceUID]);
      return found;
    } catch (error) {
      if (!(error instanceof DamagedPageError)) throw error;
      logFailure('snapshot-damaged', undefined, { archive: archive.name, object: of });
      await archive.snapshots.noteChanged([studyInstanceUID]);
      return null;
    }
  };
  const page = await read(key);
  const isFirst = page !== null && 'series' in page.columns;
  const first = isFirst ? page : await read(firstPageOf(key));
  if (page === null || first === null) throw new HttpProblem('not-found', 'There is no such object.');
  c.set('recorded', { studyInstanceUID });
  return objectsNamedBy(page, first).map(({ byteLength = null, digest = null, ...object }) => ({
    ...object,
    byteLength,
    digest,
  }));
}

/**
 * GET /backup/objects/{key}: the bytes of an object.
 * @throws HttpProblem 404
 */
export async function retrieveObject(c: AppContext): Promise<Response> {
  const key = c.req.param('key') ?? '';
  const body = isBackupKey(key) ? await c.get('archive').objects.read(key) : null;
  if (body === null) throw new HttpProblem('not-found', 'There is no such object.');
  const studyInstanceUID = describeSnapshotKey(key)?.studyInstanceUID ?? describeKey(key)[0]?.studyInstanceUID;
  c.set('recorded', studyInstanceUID === undefined ? { subject: key.split('/')[0]! } : { studyInstanceUID });
  return new Response(body, { headers: { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' } });
}

function json(body: object): Response {
  return Response.json(body, { headers: { 'Cache-Control': 'no-store' } });
}
