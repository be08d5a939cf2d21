/**
 * Statements of the ingest of uploads (migrations/0007_upload.sql). In all of them ?1 is the id of the upload, and ?2 the run,
 * unless the statement says otherwise. Each may run twice.
 */

/** An upload that waits for its ingest. A partial upload is ingested with the final one. */
const WAITS = `state = 'received' AND (concat IS NULL OR partials IS NOT NULL)`;

/** ?3: now. ?4: until when. */
export const CLAIM = `
UPDATE upload SET claims = claims + (claimed_by IS NOT ?2), claimed_by = ?2, claimed_until = ?4
WHERE id = ?1 AND ${WAITS} AND (claimed_until <= ?3 OR claimed_by = ?2)
RETURNING id, sender, byte_length, part_bytes, partials, version, multipart_id, cursor, claims`;

/** The columns of a claimed upload. */
export interface ClaimColumns {
  id: string;
  sender: string;
  byte_length: number;
  part_bytes: number;
  partials: string | null;
  version: string | null;
  multipart_id: string | null;
  cursor: string | null;
  claims: number;
}

/** The upload is claimed by this run. */
const MINE = `id = ?1 AND claimed_by = ?2 AND state = 'received'`;

const IS_MINE = `EXISTS (SELECT 1 FROM upload WHERE ${MINE})`;

/** Renews a claim. ?3: until when. */
export const RENEW = `UPDATE upload SET claimed_until = ?3 WHERE ${MINE} RETURNING id`;

/** Renews a claim after progress, and forgets the attempts before it. ?3: until when. */
export const COME_ON = `UPDATE upload SET claimed_until = ?3, claims = 1 WHERE ${MINE} RETURNING id`;

/** ?3: when it may be claimed again. ?4: 1 if the claim counts as an attempt that failed. */
export const RELEASE = `
UPDATE upload SET claimed_by = NULL, claimed_until = ?3, claims = claims - iif(?4 = 1, 0, min(claims, 1)) WHERE ${MINE}`;

const COLUMNS = `upload_id, ordinal, name, study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid, result,
  tag, warnings, detail, version, held_digest`;

/** ?3: JSON array of results. A result that is there stays, unless it is still pending. */
export const NOTE_RESULTS = `
INSERT INTO upload_result (${COLUMNS})
SELECT ?1, value ->> 'ordinal', value ->> 'name', value ->> '$.instance.studyInstanceUID',
  value ->> '$.instance.seriesInstanceUID', value ->> '$.instance.sopInstanceUID', value ->> '$.instance.sopClassUID',
  value ->> 'result', value ->> 'tag', value ->> 'warnings', value ->> 'detail', value ->> 'version',
  value ->> 'heldDigest'
FROM json_each(?3) WHERE ${IS_MINE}
ON CONFLICT (upload_id, ordinal) DO UPDATE SET study_instance_uid = excluded.study_instance_uid,
  series_instance_uid = excluded.series_instance_uid, sop_instance_uid = excluded.sop_instance_uid,
  sop_class_uid = excluded.sop_class_uid, result = excluded.result, tag = excluded.tag, warnings = excluded.warnings,
  detail = excluded.detail, version = excluded.version, held_digest = excluded.held_digest
WHERE upload_result.result = 'pending'`;

/** The condition under which events are added to the record. */
export const MAY_RECORD = IS_MINE;

/** ?3: the cursor, or null. ?4: until when. ?5: 1 if there was progress. */
export const ADVANCE = `
UPDATE upload SET cursor = ?3, claimed_until = ?4, claims = iif(?5 = 1, 1, claims) WHERE ${MINE} RETURNING id`;

/** What is pending at the end of an ingest was not stored: every file has another result by then. */
export const FORGET_PENDING = `DELETE FROM upload_result WHERE upload_id = ?1 AND result = 'pending' AND ${IS_MINE}`;

/** A file of the upload failed for a reason that may pass. */
const HAS_FAILED = `EXISTS (SELECT 1 FROM upload_result WHERE upload_id = upload.id AND result = 'storage')`;

/**
 * The object of an upload that is done is not needed any more, unless an instance has its file there, or a file of it may be
 * tried again.
 * ?3: when its results are forgotten. ?4: why it failed, or null.
 */
export const FINISH = `
UPDATE upload SET state = iif(?4 IS NULL, 'done', 'failed'), reason = ?4, version = iif(?4 IS NULL AND NOT ${HAS_FAILED}, NULL, version),
  cursor = NULL, claimed_until = 0, expires_at = max(expires_at, ?3)
WHERE id = ?1 AND claimed_by = ?2 AND state IN ('received', iif(?4 IS NULL, 'done', 'failed')) RETURNING id`;

/** ?1: JSON array of ids. ?2: the attempts that count as made. */
export const AGAIN = `
UPDATE upload SET state = 'received', cursor = NULL, claimed_by = NULL, claimed_until = 0, claims = ?2
WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'done' AND version IS NOT NULL AND ${HAS_FAILED}`;

/** Comes after AGAIN. ?1: JSON array of ids. */
export const FORGET_FAILED = `
DELETE FROM upload_result WHERE result = 'storage' AND upload_id IN (
  SELECT id FROM upload
  WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'received' AND cursor IS NULL AND claimed_by IS NULL)`;

/**
 * ?3: the lease of a request that has stored the file while it arrived. The statements of FINISH follow in the same
 * transaction.
 */
export const ARRIVE = `
UPDATE upload SET state = 'received', byte_offset = byte_length, claimed_by = ?2, lease_until = 0
WHERE id = ?1 AND lease = ?3 AND state = 'receiving' AND byte_offset = 0`;

/** Its results count for the session, which lives as long. ?3: until when. */
export const KEEP_SESSION = `
UPDATE upload_session SET expires_at = max(expires_at, ?3)
WHERE id = (SELECT session_id FROM upload WHERE id = ?1 AND claimed_by = ?2)`;

/** The run has ended the ingest. */
export const IS_FINISHED = `SELECT id FROM upload WHERE id = ?1 AND claimed_by = ?2 AND state IN ('done', 'failed')`;

/** Lets the partial uploads of a final upload expire. ?3: now. */
export const LET_PARTIALS_GO = `
UPDATE upload SET expires_at = min(expires_at, ?3)
WHERE concat = 'partial' AND id IN (
  SELECT part.value FROM upload AS final CROSS JOIN json_each(final.partials) AS part
  WHERE final.id = ?1 AND final.claimed_by = ?2 AND final.state IN ('done', 'failed'))`;

/** ?1: the upload. ?2: the policy on duplicates. What the index says of the versions of pending files. */
export const SETTLED = `
SELECT ordinal, name, study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid, result, tag, warnings, detail,
  version,
  CASE WHEN EXISTS (
    SELECT 1 FROM study
      CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = one.series_instance_uid
      CROSS JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = one.sop_instance_uid
    WHERE study.study_instance_uid = one.study_instance_uid AND instance.version = one.version)
  THEN 'stored'
  ELSE (SELECT CASE
      WHEN reason = 'kept' OR (reason = 'aside too' AND ?2 = 'keep') THEN 'kept'
      WHEN reason IN ('aside', 'aside too') THEN 'aside' ELSE 'stored' END
    FROM removal WHERE removal.version = one.version)
  END AS outcome
FROM upload_result AS one WHERE upload_id = ?1 AND result = 'pending' ORDER BY ordinal`;

/** ?1: the upload. ?2: the first ordinal. */
export const SETTLED_FROM = `
SELECT ordinal FROM upload_result WHERE upload_id = ?1 AND ordinal >= ?2 AND result <> 'pending'`;

/** ?3: the version. The object is noted before it is begun. */
export const NOTE_VERSION = `
INSERT INTO upload_object (version, upload_id) SELECT ?3, ?1 WHERE ${IS_MINE} ON CONFLICT (version) DO NOTHING`;

/** ?3: the version. ?4: the multipart upload. */
export const BEGIN = `UPDATE upload SET version = ?3, multipart_id = ?4 WHERE ${MINE} RETURNING id`;

/** ?3: JSON array of parts. */
export const NOTE_PARTS = `
INSERT INTO upload_part (upload_id, number, etag)
SELECT ?1, value ->> 'number', value ->> 'etag' FROM json_each(?3) WHERE ${IS_MINE}
ON CONFLICT (upload_id, number) DO UPDATE SET etag = excluded.etag`;

/** Notes that the multipart upload of the file is complete. ?1: an upload. ?2: the run. */
export const COMPLETE = `UPDATE upload SET multipart_id = NULL WHERE ${MINE} RETURNING id`;

/** ?1: now. ?2: the limit. */
export const WAITING = `
SELECT id FROM upload WHERE ${WAITS} AND claimed_until <= ?1 ORDER BY expires_at LIMIT ?2`;

/** ?1: JSON array of ids. ?2: the limit. ?3: the ordinal after which the results of the first upload begin. */
export const RESULTS = `
SELECT of.value AS upload, ordinal, name, study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid, result, tag,
  warnings, detail, version, held_digest
FROM json_each(?1) AS of CROSS JOIN upload_result ON upload_result.upload_id = of.value
WHERE result <> 'pending' AND (of.key > 0 OR ordinal > ?3)
ORDER BY of.key, ordinal LIMIT ?2`;

/** ?1: JSON array of ids. */
export const COUNTS = `
SELECT upload_id AS upload, result, count(*) AS count FROM upload_result
WHERE upload_id IN (SELECT value FROM json_each(?1)) AND result <> 'pending' GROUP BY upload_id, result`;

/** The columns of a result. */
export interface ResultColumns {
  upload: string;
  ordinal: number;
  name: string | null;
  study_instance_uid: string | null;
  series_instance_uid: string | null;
  sop_instance_uid: string | null;
  sop_class_uid: string | null;
  result: string;
  tag: string | null;
  warnings: string;
  detail: string | null;
  version: string | null;
  held_digest?: string | null;
  outcome?: 'stored' | 'kept' | 'aside' | null;
}
