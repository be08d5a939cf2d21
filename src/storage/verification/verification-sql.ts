import { DIGEST } from '../instance-form';

/** The statements of verifications. Each reads as many rows as its limit says, or the rows of as many studies. */

/** The state of the verification, with its revision. */
export const KEPT = 'SELECT revision, state FROM verification';

/** ?1: JSON. ?2: the revision of the state before; 0: there is none. Returns a row when it is kept. */
export const KEEP = `
INSERT INTO verification (id, revision, state) SELECT 1, 1, ?1 WHERE ?2 = 0 OR EXISTS (SELECT 1 FROM verification)
ON CONFLICT (id) DO UPDATE SET revision = revision + 1, state = excluded.state WHERE revision = ?2
RETURNING revision`;

const UIDS = `study_instance_uid AS studyInstanceUID, series.series_instance_uid AS seriesInstanceUID`;

/** What a layout says of the other objects of an instance: src/dicom/pixels/pixel-layout.ts. */
const OBJECTS = `
  CASE WHEN layout ->> '$.pixels.kind' = 'encapsulated' AND layout -> '$.pixels.only' IS NULL
    THEN layout ->> '$.pixels.frames' END AS frames,
  coalesce(layout ->> '$.object' = 'inflated', 0) AS inflated,
  nullif(coalesce(layout ->> '$.copyLength', iif(json_array_length(layout) = 3, layout ->> 2, NULL)), 0) AS copyLength`;

/** ?1: a row. ?2: the limit. */
export const INSTANCES_AFTER = `
SELECT instance.id, ${UIDS}, sop_instance_uid AS sopInstanceUID, version, byte_length AS byteLength, ${DIGEST} AS digest,
  ${OBJECTS}
FROM (SELECT * FROM instance WHERE id > ?1 ORDER BY id LIMIT ?2) AS instance
  CROSS JOIN series ON series.id = instance.series_id CROSS JOIN study ON study.id = series.study_id
ORDER BY instance.id`;

/** ?1: a row. ?2: the limit. */
export const REMOVED_AFTER = `
SELECT id, study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID,
  sop_instance_uid AS sopInstanceUID, version, byte_length AS byteLength, digest, ${OBJECTS}
FROM (SELECT *, record -> '$.layout' AS layout FROM removal WHERE id > ?1 AND claimed_at IS NULL ORDER BY id LIMIT ?2)
ORDER BY id`;

/** ?1: a row. ?2: the limit. */
export const SEGMENTS_AFTER = `
SELECT segment.id, ${UIDS}, name, byte_length AS byteLength
FROM (SELECT * FROM metadata_segment WHERE id > ?1 AND content IS NULL AND live_count > 0 AND merged_into IS NULL
  ORDER BY id LIMIT ?2) AS segment
  CROSS JOIN series ON series.id = segment.series_id CROSS JOIN study ON study.id = series.study_id
ORDER BY segment.id`;

/** The studies of a page. ?1: a row. ?2: the limit. */
const STUDIES = 'SELECT id FROM study WHERE id > ?1 ORDER BY id LIMIT ?2';

/** The row of the last study of a page. ?1: a row. ?2: the limit. */
export const LAST_STUDY = `SELECT max(id) AS last FROM (${STUDIES})`;

const SERIES_COUNTS = `
(SELECT count(*), coalesce(sum(byte_length), 0) FROM instance WHERE instance.series_id = series.id)`;
const STUDY_COUNTS = `
(SELECT count(*), coalesce(sum(number_of_series_related_instances), 0), coalesce(sum(total_byte_length), 0)
 FROM series WHERE series.study_id = study.id)`;

/** Puts wrong counts of series right. */
export const CORRECT_SERIES = `
UPDATE series SET (number_of_series_related_instances, total_byte_length) = ${SERIES_COUNTS}
WHERE study_id IN (${STUDIES}) AND (number_of_series_related_instances, total_byte_length) <> ${SERIES_COUNTS}
RETURNING (SELECT study_instance_uid FROM study WHERE study.id = series.study_id) || '/' || series_instance_uid AS subject`;

/** Puts wrong counts of studies right, from those of their series. */
export const CORRECT_STUDIES = `
UPDATE study SET (number_of_study_related_series, number_of_study_related_instances, total_byte_length) = ${STUDY_COUNTS}
WHERE id IN (${STUDIES})
  AND (number_of_study_related_series, number_of_study_related_instances, total_byte_length) <> ${STUDY_COUNTS}
RETURNING study_instance_uid AS subject`;

/** The sums of the counts of the studies of a page. ?1: a row. ?2: the limit. */
export const SUMS = `
SELECT count(*) AS studies, coalesce(sum(number_of_study_related_series), 0) AS series,
  coalesce(sum(number_of_study_related_instances), 0) AS instances, coalesce(sum(total_byte_length), 0) AS bytes
FROM study WHERE id IN (${STUDIES})`;

/** The totals of the archive, as the index keeps them. */
export const TOTALS = 'SELECT study AS studies, series, instance AS instances, byte_length AS bytes FROM archive_total';

/** ?1 to ?4: studies, series, instances and bytes as they are; ?5 to ?8: as they should be. */
export const CORRECT_TOTALS = `
UPDATE archive_total SET study = ?5, series = ?6, instance = ?7, byte_length = ?8
WHERE (study, series, instance, byte_length) = (?1, ?2, ?3, ?4) RETURNING id`;

/** ?1: [{kind, subject, instance?}]. ?2: now. */
export const NOTE_FINDINGS = `
INSERT INTO verification_finding (kind, subject, instance, found_at)
SELECT j.value ->> 'kind', j.value ->> 'subject', j.value ->> 'instance', ?2 FROM json_each(?1) AS j WHERE true
ON CONFLICT (kind, subject) DO UPDATE SET instance = excluded.instance, found_at = excluded.found_at`;

/** FindingKind: an object that a row names is not what was stored. */
const FAULTS = `'missing-object', 'wrong-length', 'wrong-digest', 'unreadable-object'`;

/** ?1: keys of objects. */
export const FAULTS_OF = `
SELECT subject FROM json_each(?1) AS j
  CROSS JOIN verification_finding ON subject = j.value AND kind IN (${FAULTS})`;

/** ?1: keys of objects. */
export const FORGET_FAULTS_OF = `
DELETE FROM verification_finding WHERE kind IN (${FAULTS}) AND subject IN (SELECT value FROM json_each(?1))`;

/** ?1: the limit. */
export const FINDINGS = `
SELECT kind, subject, instance, found_at AS foundAt FROM verification_finding ORDER BY kind, subject LIMIT ?1`;

/** ?1: the limit. */
export const COUNT_FAULTS = `
SELECT count(*) AS count
FROM (SELECT 1 FROM verification_finding WHERE kind <> 'recent-unknown-object' LIMIT ?1)`;

/** ?1: a time. */
export const FORGET_FINDINGS = 'DELETE FROM verification_finding WHERE found_at < ?1';
