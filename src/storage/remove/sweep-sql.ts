import { IS_WHOLE } from '../commit/sql/segment-sql';

/**
 * The sweeper's statements. However large the archive is, each reads only as many rows as it is given keys, or as its
 * limit says.
 */

const IDENTITY_COLUMNS = 'archive_id AS archiveID, confirmed_at IS NOT NULL AS confirmed, number, databases';

/** The id that the index carries. */
export const IDENTITY = `
SELECT ${IDENTITY_COLUMNS}, coalesce((SELECT moment FROM index_moment WHERE id = 1), 0) AS moment
FROM archive_identity`;

/** ?1: an id. ?2: the number of the database. The first id stays; an update that changes nothing returns the row. */
export const GIVE_IDENTITY = `
INSERT INTO archive_identity (id, archive_id, number) VALUES (1, ?1, ?2)
ON CONFLICT (id) DO UPDATE SET archive_id = archive_id
RETURNING ${IDENTITY_COLUMNS}, 0 AS moment`;

/**
 * Removes the id, unless another client has finished the restoration meanwhile. Only the first of several databases has
 * a row of a restoration.
 */
export const FORGET_IDENTITY = `
DELETE FROM archive_identity
WHERE id = 1 AND NOT EXISTS (SELECT 1 FROM rebuild WHERE id = 1 AND state ->> '$.phase' <> 'objects')`;

/** ?1: the id. ?2: now. Another run may have put another id in its place. */
export const CONFIRM_IDENTITY = `
UPDATE archive_identity SET confirmed_at = ?2 WHERE archive_id = ?1 RETURNING archive_id`;

/** ?1: the bucket's id. ?2: the number of the database. ?3: now. An id stays that the bucket was seen to have. */
export const TAKE_IDENTITY = `
INSERT INTO archive_identity (id, archive_id, number, confirmed_at) VALUES (1, ?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE SET archive_id = ?1, confirmed_at = ?3
WHERE confirmed_at IS NULL OR archive_id = ?1
RETURNING archive_id`;

/** ?1: the number of instances from either end. */
export const SOME_INSTANCES = `
SELECT study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID,
  sop_instance_uid AS sopInstanceUID, version
FROM (
    SELECT id FROM (SELECT id FROM instance ORDER BY id LIMIT ?1)
    UNION SELECT id FROM (SELECT id FROM instance ORDER BY id DESC LIMIT ?1)) AS some
  CROSS JOIN instance ON instance.id = some.id
  CROSS JOIN series ON series.id = instance.series_id CROSS JOIN study ON study.id = series.study_id`;

/** The report of the run before. */
export const LAST_REPORT = 'SELECT report FROM sweep_state WHERE report IS NOT NULL';

/** ?1: the time of the run. ?2: JSON. */
export const KEEP_REPORT = `
INSERT INTO sweep_state (id, ran_at, report) VALUES (1, ?1, ?2)
ON CONFLICT (id) DO UPDATE SET ran_at = excluded.ran_at, report = excluded.report`;

/** ?1: beginning of the gap. ?2: its end. */
export const NOTE_GAP = `
INSERT INTO sweep_gap (from_at, to_at) VALUES (?1, ?2)
ON CONFLICT (from_at) DO UPDATE SET to_at = max(to_at, excluded.to_at)`;

/** The next series, ?1 at most, after the last one that was looked at. */
const NEXT_SERIES = `SELECT id, study_id, series_instance_uid FROM series
  WHERE id > coalesce((SELECT series_id FROM sweep_state), 0) ORDER BY id LIMIT ?1`;

/** The row of the last of the next series, and their number. ?1: the limit. */
export const LAST_OF_NEXT_SERIES = `SELECT max(id) AS last, count(*) AS count FROM (${NEXT_SERIES})`;

/** The next series that have more than one segment in use, or a segment in which no instance counts. */
export const NEXT_SEGMENTS = `
SELECT study_instance_uid AS studyInstanceUID, next.series_instance_uid AS seriesInstanceUID,
  count(*) FILTER (WHERE live_count > 0) AS live,
  json_group_array(name) FILTER (WHERE live_count = 0) AS dead
FROM (${NEXT_SERIES}) AS next
  CROSS JOIN metadata_segment ON metadata_segment.series_id = next.id AND ${IS_WHOLE}
  CROSS JOIN study ON study.id = next.study_id
GROUP BY next.id HAVING live > 1 OR count(*) > live`;

/** ?1: the row of the last series that was looked at. */
export const KEEP_SEGMENT_POSITION = `
INSERT INTO sweep_state (id, series_id) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET series_id = excluded.series_id`;

/** ?1: [{name, key}]. ?2: now. When a removed instance may return to its segment, only the row is deleted. */
export const QUEUE_DEAD_SEGMENTS = `
INSERT INTO deletion (key, due_at)
SELECT j.value ->> 'key', ?2 FROM json_each(?1) AS j
  JOIN metadata_segment ON metadata_segment.name = j.value ->> 'name' AND live_count = 0
WHERE NOT EXISTS (SELECT 1 FROM removal WHERE removal.segment = j.value ->> 'name') ON CONFLICT (key) DO NOTHING`;

/** ?1: as above. The parts of dead segments. */
export const FORGET_DEAD_PARTS = `
DELETE FROM metadata_segment WHERE id IN (
  SELECT part.id FROM json_each(?1) AS j
    CROSS JOIN metadata_segment AS dead ON dead.name = j.value ->> 'name' AND dead.live_count = 0
    CROSS JOIN metadata_segment AS part ON part.series_id = dead.series_id AND part.merged_into = dead.id)`;

/** ?1: as above. */
export const FORGET_DEAD_SEGMENTS = `
DELETE FROM metadata_segment
WHERE name IN (SELECT value ->> 'name' FROM json_each(?1)) AND live_count = 0`;

/** ?1: the latest due time. ?2: the limit. */
export const DUE_DELETIONS = 'SELECT key FROM deletion WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2';

/** ?1: keys. */
export const FORGET_DELETIONS = 'DELETE FROM deletion WHERE key IN (SELECT value FROM json_each(?1))';

/** The place where the last look through the bucket stopped. */
export const POSITION = 'SELECT prefix, cursor FROM sweep_position';

/** ?1: prefix. ?2: cursor. */
export const KEEP_POSITION = `
INSERT INTO sweep_position (id, prefix, cursor) VALUES (1, ?1, ?2)
ON CONFLICT (id) DO UPDATE SET prefix = excluded.prefix, cursor = excluded.cursor`;

/**
 * The objects that belong to no instance, no removed instance and no upload. ?1: [{key, studyInstanceUID, seriesInstanceUID,
 * sopInstanceUID?, version?, segment?}].
 */
export const UNNAMED = `
SELECT j.value ->> 'key' AS key FROM json_each(?1) AS j
WHERE NOT EXISTS (
    SELECT 1 FROM study
      CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'
      CROSS JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = j.value ->> 'sopInstanceUID'
    WHERE study.study_instance_uid = j.value ->> 'studyInstanceUID' AND instance.version = j.value ->> 'version')
  -- The key of an unfiled object names no instance; instance_unfiled is the index of such versions.
  AND NOT EXISTS (SELECT 1 FROM instance WHERE instance.version = j.value ->> 'version' AND instance.version >= 'u')
  AND NOT EXISTS (SELECT 1 FROM metadata_segment WHERE metadata_segment.name = j.value ->> 'segment')
  AND NOT EXISTS (SELECT 1 FROM removal WHERE removal.version = j.value ->> 'version')
  AND NOT EXISTS (SELECT 1 FROM removal WHERE removal.segment = j.value ->> 'segment')
  -- Uploads reclaim their objects themselves: src/archive/upload/reclaim.ts.
  AND NOT EXISTS (SELECT 1 FROM upload_object WHERE upload_object.version = j.value ->> 'version')`;

/** The objects of UNNAMED that are not queued for deletion: the queue deletes those. ?1: as for UNNAMED. */
export const UNREFERENCED = `${UNNAMED}
  AND NOT EXISTS (SELECT 1 FROM deletion WHERE deletion.key = j.value ->> 'key')`;

/** ?1: [{key, uploadedAt}]. ?2: now. */
export const NOTE_ORPHANS = `
INSERT INTO orphan (key, uploaded_at, first_seen_at)
SELECT j.value ->> 'key', j.value ->> 'uploadedAt', ?2 FROM json_each(?1) AS j WHERE true
ON CONFLICT (key) DO NOTHING`;

/** ?1: a key. ?2: the limit. */
export const ORPHANS_AFTER = 'SELECT key FROM orphan WHERE key > ?1 AND accepted_at IS NULL ORDER BY key LIMIT ?2';

/** ?1: the number up to which orphans are counted. */
export const COUNT_ORPHANS = 'SELECT count(*) AS count FROM (SELECT 1 FROM orphan WHERE accepted_at IS NULL LIMIT ?1)';

/** ?1: the number up to which instances are counted. */
export const COUNT_INSTANCES = 'SELECT count(*) AS count FROM (SELECT 1 FROM instance LIMIT ?1)';

/** ?1: the latest time at which they were first seen. ?2: the limit. */
export const OLD_ORPHANS = `
SELECT key FROM orphan
WHERE first_seen_at <= ?1 AND (accepted_at IS NOT NULL OR NOT EXISTS (
  SELECT 1 FROM sweep_gap WHERE uploaded_at > from_at AND uploaded_at <= to_at))
ORDER BY first_seen_at LIMIT ?2`;

/** ?1: as of UNREFERENCED. ?2: now. Orphans that an interrupted run has claimed are claimed again. */
export const CLAIM_ORPHANS = `
UPDATE orphan SET claimed_at = coalesce(claimed_at, ?2) WHERE key IN (${UNREFERENCED}) RETURNING key`;

/** ?1: keys. */
export const FORGET_ORPHANS = 'DELETE FROM orphan WHERE key IN (SELECT value FROM json_each(?1))';
