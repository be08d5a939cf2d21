/* Destroys removed instances whose time has come. */

/**
 * Claims removed instances whose time has come, including those that an interrupted run has claimed. ?1: now. ?2: the
 * limit. Leaves a version alone that counts although it is recorded as removed, and studies under legal hold.
 */
export const CLAIM_PURGEABLE = `
UPDATE removal SET claimed_at = coalesce(claimed_at, ?1)
WHERE id IN (SELECT id FROM removal AS due WHERE purge_at <= ?1 AND NOT EXISTS (
    SELECT 1 FROM study
      CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = due.series_instance_uid
      CROSS JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = due.sop_instance_uid
    WHERE study.study_instance_uid = due.study_instance_uid AND instance.version = due.version)
    AND NOT EXISTS (SELECT 1 FROM legal_hold WHERE legal_hold.study_instance_uid = due.study_instance_uid)
  ORDER BY purge_at LIMIT ?2)
RETURNING study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID,
  sop_instance_uid AS sopInstanceUID, version`;

/**
 * Sets the time of purging, ?2, of at most ?3 versions that were put or kept aside until ?1. None of them counts for its
 * sender any more, so the same content is put aside again when it is sent again.
 */
export const AGE_ASIDES = `
UPDATE removal SET purge_at = ?2, reason = iif(reason = 'aside', 'aside too', reason)
WHERE id IN (SELECT id FROM removal
  WHERE purge_at IS NULL AND removed_at <= ?1 AND reason IN ('kept', 'aside', 'aside too') ORDER BY removed_at LIMIT ?3)
RETURNING 1`;

/** ?1: versions. */
export const SEGMENTS_OF_NO_OTHER = `
SELECT study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID, segment AS name
FROM (SELECT DISTINCT study_instance_uid, series_instance_uid, segment FROM removal
  WHERE version IN (SELECT value FROM json_each(?1))) AS purged
WHERE NOT EXISTS (SELECT 1 FROM metadata_segment WHERE metadata_segment.name = purged.segment)
  AND NOT EXISTS (SELECT 1 FROM removal AS other
    WHERE other.segment = purged.segment AND other.version NOT IN (SELECT value FROM json_each(?1)))`;

/** ?1: versions. */
export const FORGET_REMOVALS = 'DELETE FROM removal WHERE version IN (SELECT value FROM json_each(?1))';

/** ?1: series of forgotten instances. */
export const FORGET_DESCRIPTIONS = `
DELETE FROM removed_series
WHERE (study_instance_uid, series_instance_uid) IN (
    SELECT value ->> 'studyInstanceUID', value ->> 'seriesInstanceUID' FROM json_each(?1))
  AND NOT EXISTS (
    SELECT 1 FROM removal
    WHERE removal.study_instance_uid = removed_series.study_instance_uid
      AND removal.series_instance_uid = removed_series.series_instance_uid)`;

/** ?1: studies. Forgets deleted studies of which nothing is removed any more. */
export const FORGET_STUDIES = `
DELETE FROM removed_study
WHERE study_instance_uid IN (SELECT value ->> 'studyInstanceUID' FROM json_each(?1))
  AND NOT EXISTS (
    SELECT 1 FROM main.removal AS removal
    WHERE removal.study_instance_uid = removed_study.study_instance_uid AND removal.removed_study_id = removed_study.id)`;
