/**
 * What became of versions that an upload was about to store: as SETTLED in upload/ingest-sql.ts says it, in a database that does
 * not have the upload. ?1: [{ordinal, studyInstanceUID, seriesInstanceUID, sopInstanceUID, version}]. ?2: the policy on
 * duplicates.
 */
export const OUTCOMES = `
SELECT j.value ->> 'ordinal' AS ordinal,
  CASE WHEN EXISTS (
    SELECT 1 FROM study
      CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'
      CROSS JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = j.value ->> 'sopInstanceUID'
    WHERE study.study_instance_uid = j.value ->> 'studyInstanceUID' AND instance.version = j.value ->> 'version')
  THEN 'stored'
  ELSE (SELECT CASE
      WHEN reason = 'kept' OR (reason = 'aside too' AND ?2 = 'keep') THEN 'kept'
      WHEN reason IN ('aside', 'aside too') THEN 'aside' ELSE 'stored' END
    FROM removal WHERE removal.version = j.value ->> 'version')
  END AS outcome
FROM json_each(?1) AS j`;
