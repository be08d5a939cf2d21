/**
 * Statements of the receiving half of resumable uploads (migrations/0007_upload.sql). In all of them ?1 is the id of the
 * upload, unless the statement says otherwise. A lease that was given back stays in its row with the time 0, so that a
 * statement whose answer was lost can be run again.
 */

const COLUMNS = `id, session_id, principal, sender, metadata, concat, partials, byte_length, byte_offset, part_bytes, version,
  multipart_id, rest_version, rest_length, lease, lease_until, state, reason, created_at, expires_at`;

/** A row of the table, without the columns of the ingest. */
export interface UploadColumns {
  id: string;
  session_id: string | null;
  principal: string;
  sender: string;
  metadata: string;
  concat: string | null;
  partials: string | null;
  byte_length: number;
  byte_offset: number;
  part_bytes: number;
  version: string | null;
  multipart_id: string | null;
  rest_version: string | null;
  rest_length: number;
  lease: string | null;
  lease_until: number;
  state: 'receiving' | 'received' | 'done' | 'failed';
  reason: string | null;
  created_at: number;
  expires_at: number;
}

/** ?2: the id of a session, or null. ?3: Principal.id. ?10: now. */
const SESSION_IS_OPEN = `(?2 IS NULL OR EXISTS (
  SELECT 1 FROM upload_session WHERE id = ?2 AND principal = ?3 AND closed_at IS NULL AND expires_at > ?10))`;

/** ?7: the ids of partial uploads as a JSON array, or null. */
const PARTIALS_ARE_RECEIVED = `(?7 IS NULL OR NOT EXISTS (
  SELECT 1 FROM json_each(?7) AS named
  WHERE NOT EXISTS (
    SELECT 1 FROM upload
    WHERE upload.id = named.value AND upload.principal = ?3 AND upload.concat = 'partial' AND upload.state = 'received')))`;

/** ?12: how many a principal may have. */
const NOT_TOO_MANY = `(SELECT count(*) FROM (
  SELECT 1 FROM upload WHERE principal = ?3 AND state = 'receiving' LIMIT ?12)) < ?12`;

/** Uploads of which the bytes are still to be stored, or may still arrive. The bytes of a final upload are those of its parts. */
const PENDING_BYTES = `
SELECT coalesce(sum(byte_length), 0) FROM upload WHERE state IN ('receiving', 'received') AND partials IS NULL`;

/** ?13: bytes that all may have, ?14: that those of the principal may have; null: any. */
const FITS = `(?13 IS NULL OR ?7 IS NOT NULL OR (${PENDING_BYTES}) + ?8 <= ?13)`;
const FITS_SENDER = `(?14 IS NULL OR ?7 IS NOT NULL OR (${PENDING_BYTES} AND principal = ?3) + ?8 <= ?14)`;

/**
 * ?2: session. ?3: principal. ?4: sender. ?5: metadata. ?6: concat. ?7: partials. ?8: length. ?9: bytes of a part. ?10: now.
 * ?11: when it expires. ?12: how many uploads under way a principal may have. ?13, ?14: bytes that fit.
 */
export const CREATE = `
INSERT INTO upload (id, session_id, principal, sender, metadata, concat, partials, byte_length, byte_offset, part_bytes, state,
  created_at, expires_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, iif(?7 IS NULL, 0, ?8), ?9, iif(?7 IS NULL, 'receiving', 'received'), ?10, ?11
WHERE ${NOT_TOO_MANY} AND ${SESSION_IS_OPEN} AND ${PARTIALS_ARE_RECEIVED} AND ${FITS} AND ${FITS_SENDER}
ON CONFLICT (id) DO NOTHING`;

/** The partial uploads of a final one stay until it is done: ?2: their ids as a JSON array, or null. ?3: until then. */
export const KEEP_PARTIALS = `
UPDATE upload SET expires_at = max(expires_at, ?3)
WHERE id IN (SELECT value FROM json_each(?2)) AND EXISTS (SELECT 1 FROM upload AS final WHERE final.id = ?1)`;

/** Why an upload was not created: the parameters are those of CREATE. */
export const WHY_NOT = `SELECT ${SESSION_IS_OPEN} AS session, ${PARTIALS_ARE_RECEIVED} AS partials, ${FITS} AS fits,
  ${FITS_SENDER} AS fits_sender`;

/** ?1: an id. */
export const FIND = `SELECT ${COLUMNS} FROM upload WHERE id = ?1`;

/** ?1: JSON array of ids. */
export const FIND_ALL = `SELECT ${COLUMNS} FROM upload WHERE id IN (SELECT value FROM json_each(?1))`;

/** ?2: principal. ?3: lease. ?4: offset. ?5: now. ?6: until when. */
export const TAKE = `
UPDATE upload SET lease = ?3, lease_until = ?6
WHERE id = ?1 AND principal = ?2 AND state = 'receiving' AND byte_offset = ?4 AND expires_at > ?5
  AND (lease_until <= ?5 OR lease = ?3)`;

/** Every version under which something may be written is noted before it is written. ?2: the version, which is the lease. */
export const NOTE_VERSION = `
INSERT INTO upload_object (version, upload_id)
SELECT ?2, ?1 WHERE EXISTS (SELECT 1 FROM upload WHERE id = ?1 AND lease = ?2) ON CONFLICT (version) DO NOTHING`;

/** Whether the upload of an object has all its bytes. */
const IS_SETTLED = "EXISTS (SELECT 1 FROM upload WHERE upload.id = upload_id AND state <> 'receiving')";

/** Marks what the upload does not need any more: objects of earlier requests, and of the present one when it ends. ?2: now. */
export const MARK_UNNEEDED = `
UPDATE upload_object SET unneeded_at = ?2, settled = ${IS_SETTLED}
WHERE upload_id = ?1 AND unneeded_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM upload
  WHERE id = ?1 AND (upload_object.version IN (version, rest_version)
    OR (upload_object.version = lease AND lease_until > ?2)))`;

/** A renewal that is late does not revive a lease that was given back. ?2: lease. ?3: until when. */
export const RENEW = `
UPDATE upload SET lease_until = ?3 WHERE id = ?1 AND lease = ?2 AND (lease_until > 0 OR ?3 = 0) AND state = 'receiving' RETURNING id`;

/** ?2: lease. ?3: parts as [{number, etag}]. */
export const NOTE_PARTS = `
INSERT INTO upload_part (upload_id, number, etag)
SELECT ?1, value ->> 'number', value ->> 'etag' FROM json_each(?3)
WHERE EXISTS (SELECT 1 FROM upload WHERE id = ?1 AND lease = ?2 AND state = 'receiving')
ON CONFLICT (upload_id, number) DO UPDATE SET etag = excluded.etag`;

/**
 * ?2: lease. ?3: offset. ?4: version, or null. ?5: multipart upload, or null. ?6: version of the rest, or null. ?7: its length.
 * ?8: until when the lease holds. ?9: when the upload expires.
 */
export const ADVANCE = `
UPDATE upload SET byte_offset = ?3, version = ?4, multipart_id = ?5, rest_version = ?6, rest_length = ?7, lease_until = ?8,
  expires_at = ?9
WHERE id = ?1 AND lease = ?2 AND state = 'receiving' RETURNING id`;

/** The noted parts of an upload, in their order. ?1: its id. */
export const PARTS = 'SELECT number, etag FROM upload_part WHERE upload_id = ?1 ORDER BY number';

/** ?2: lease. ?3: version. */
export const FINISH = `
UPDATE upload SET state = 'received', byte_offset = byte_length, version = ?3, multipart_id = NULL, rest_version = NULL,
  rest_length = 0, lease_until = 0
WHERE id = ?1 AND lease = ?2 AND (state = 'receiving' OR (state = 'received' AND version = ?3)) RETURNING id`;

/** ?2: lease. ?3: why. */
export const FAIL = `
UPDATE upload SET state = 'failed', reason = ?3, lease_until = 0
WHERE id = ?1 AND lease = ?2 AND (state = 'receiving' OR (state = 'failed' AND reason = ?3)) RETURNING id`;

/** Comes before REMOVE, with the same parameters. */
export const MARK_REMOVED = `
UPDATE upload_object SET unneeded_at = ?3, settled = ${IS_SETTLED}
WHERE upload_id = ?1 AND unneeded_at IS NULL AND EXISTS (
  SELECT 1 FROM upload WHERE id = ?1 AND principal = ?2 AND claimed_until <= ?3)`;

/** ?2: principal. ?3: now. */
export const REMOVE = `
DELETE FROM upload WHERE id = ?1 AND principal = ?2 AND claimed_until <= ?3 RETURNING ${COLUMNS}`;

/**
 * Uploads that have expired. One that waits for its ingest stays. The lease of a request that still writes keeps an upload for
 * some seconds more. ?1: now. ?2: the limit.
 */
const EXPIRED = `
SELECT id FROM upload
WHERE (state IN ('receiving', 'done', 'failed') OR (state = 'received' AND concat = 'partial'))
  AND expires_at <= ?1 AND lease_until <= ?1 AND claimed_until <= ?1
  AND NOT EXISTS (
    SELECT 1 FROM upload_session AS session
    WHERE session.id = upload.session_id AND session.expires_at > ?1 AND upload.state IN ('done', 'failed'))
ORDER BY state, expires_at LIMIT ?2`;

/** ?1: now. ?2: the limit. */
export const MARK_EXPIRED = `
UPDATE upload_object SET unneeded_at = ?1, settled = ${IS_SETTLED} WHERE unneeded_at IS NULL AND upload_id IN (${EXPIRED})`;

/** ?1: now. ?2: the limit. */
export const REMOVE_EXPIRED = `DELETE FROM upload WHERE id IN (${EXPIRED}) RETURNING ${COLUMNS}`;

/** ?1: now. ?2: the limit. */
export const INCOMPLETE = `
SELECT ${COLUMNS} FROM upload
WHERE state = 'receiving' AND byte_offset = byte_length AND expires_at > ?1 AND lease_until <= ?1 LIMIT ?2`;

/** ?1: the latest time. ?2: the limit. */
export const UNNEEDED = `
SELECT version, settled, EXISTS (SELECT 1 FROM instance WHERE instance.version = upload_object.version AND instance.version >= 'u')
    OR EXISTS (SELECT 1 FROM removal WHERE removal.version = upload_object.version) AS of_instance
FROM upload_object
WHERE unneeded_at <= ?1 AND NOT EXISTS (
  SELECT 1 FROM upload WHERE upload.id = upload_id AND upload_object.version IN (upload.version, rest_version))
ORDER BY unneeded_at LIMIT ?2`;

/** ?1: JSON array of versions. */
export const FORGET_VERSIONS = 'DELETE FROM upload_object WHERE version IN (SELECT value FROM json_each(?1))';
