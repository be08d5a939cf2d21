import { type Fragment, fragment } from '../../statements/sql-fragment';
import { DESCRIBED_STUDY } from './commit-sql';
import { SEGMENT_ID } from './segment-sql';

/*
 * The statements that keep the counts of segments, series and studies, and the modalities of studies. Each may run
 * twice: then the second run changes nothing.
 */

/**
 * ?1: segments of the group as {name, instances}, the latter SOP Instance UIDs. Counts the entries that belong to an instance,
 * and the bytes of these instances. No other instances can belong to a segment of the group.
 */
export const COUNT_STORED_SEGMENTS = `
UPDATE metadata_segment SET live_count = found.count, live_byte_length = found.byte_length
FROM (
  SELECT stored.id, count(instance.id) AS count, coalesce(sum(instance.byte_length), 0) AS byte_length
  FROM json_each(?1) AS j CROSS JOIN metadata_segment AS stored ON stored.name = j.value ->> 'name'
    CROSS JOIN json_each(j.value, '$.instances') AS uid
    LEFT JOIN instance ON instance.series_id = stored.series_id AND instance.sop_instance_uid = uid.value
      AND ${SEGMENT_ID} = stored.id
  GROUP BY stored.id) AS found
WHERE metadata_segment.id = found.id`;

/**
 * ?1: series of the group. ?2: now. Sums the entry counts of the series' segments, which are few (compaction-tiers.ts),
 * and does not read its instances, which may be many. Returns the number of metadata segments that each series has now.
 */
const countSeriesOf = (study: 'study' | 'main.study') => `
UPDATE series SET updated_at = ?2,
  (number_of_series_related_instances, total_byte_length, unmerged_at) = (
    SELECT coalesce(sum(live_count), 0), coalesce(sum(live_byte_length), 0),
      CASE WHEN count(*) FILTER (WHERE live_count > 0) > 1 THEN coalesce(series.unmerged_at, ?2) END
    FROM metadata_segment WHERE metadata_segment.series_id = series.id AND merged_into IS NULL)
WHERE id IN (
  SELECT s.id FROM json_each(?1) AS j
    CROSS JOIN ${study} AS owner ON owner.study_instance_uid = j.value ->> 'studyInstanceUID'
    CROSS JOIN main.series AS s ON s.study_id = owner.id AND s.series_instance_uid = j.value ->> 'seriesInstanceUID')
RETURNING series_instance_uid AS seriesInstanceUID,
  (SELECT study_instance_uid FROM main.study AS owner WHERE owner.id = series.study_id) AS studyInstanceUID,
  (SELECT count(*) FROM metadata_segment
    WHERE metadata_segment.series_id = series.id AND merged_into IS NULL AND live_count > 0) AS segments`;

/** ?1: series of the group. ?2: now. Counts in studies that can be seen. */
export const COUNT_SERIES = countSeriesOf('study');
/** ?1: series that a change was permitted to, which may have hidden their study. ?2: now. */
export const COUNT_CHANGED_SERIES = countSeriesOf('main.study');

const MODALITIES = `coalesce((
    SELECT group_concat(modality, '\\') FROM (
      SELECT DISTINCT modality FROM main.series AS series
      WHERE series.study_id = study.id AND modality IS NOT NULL ORDER BY modality)), '')`;

/** Updates the modalities of studies, when that changes something. @param studies as in describeAgain */
export function countModalities(studies: Fragment): Fragment {
  return fragment(
    `UPDATE study SET modalities_in_study = ${MODALITIES} FROM ${studies.sql} AS j
      WHERE study.study_instance_uid = j.value ->> 'studyInstanceUID' AND modalities_in_study <> ${MODALITIES}`,
    ...studies.parameters,
  );
}

/** What COUNT_SERIES will write of a series, less what it has. */
const CHANGES_OF_SERIES = `
SELECT counted.study_id, counted.modality,
  (counted.live > 0) - (counted.had > 0) AS series, counted.live - counted.had AS instances,
  counted.bytes - counted.had_bytes AS bytes
FROM (
  SELECT s.study_id, s.modality, s.number_of_series_related_instances AS had, s.total_byte_length AS had_bytes,
    coalesce(sum(live_count), 0) AS live, coalesce(sum(live_byte_length), 0) AS bytes
  FROM json_each(?1) AS j
    CROSS JOIN study AS owner ON owner.study_instance_uid = j.value ->> 'studyInstanceUID'
    CROSS JOIN main.series AS s ON s.study_id = owner.id AND s.series_instance_uid = j.value ->> 'seriesInstanceUID'
    LEFT JOIN metadata_segment ON metadata_segment.series_id = s.id AND merged_into IS NULL
  GROUP BY s.id) AS counted`;

/** The modalities of the study and of these series, as a JSON array: they are joined by backslashes, which JSON writes as two. */
const ALL_MODALITIES = `'[' || replace(json_quote(study.modalities_in_study || '\\' || more.modalities), '\\\\', '","') || ']'`;

/**
 * ?1: series of the group. ?2: now. Comes before COUNT_SERIES, and adds to the counts of a study what that will change
 * in these series: other series, of which a study may have thousands, are not read. Returns how the index describes
 * each study: as its first instance does.
 */
export const COUNT_STUDIES = `
UPDATE study SET updated_at = ?2,
  number_of_study_related_series = number_of_study_related_series + more.series,
  number_of_study_related_instances = number_of_study_related_instances + more.instances,
  total_byte_length = total_byte_length + more.bytes,
  modalities_in_study = (
    SELECT coalesce(group_concat(modality, '\\'), '') FROM (
      SELECT DISTINCT value AS modality FROM json_each(${ALL_MODALITIES}) WHERE value <> '' ORDER BY modality))
FROM (
  SELECT study_id, sum(series) AS series, sum(instances) AS instances, sum(bytes) AS bytes,
    coalesce(group_concat(modality, '\\'), '') AS modalities
  FROM (${CHANGES_OF_SERIES}) GROUP BY study_id) AS more
WHERE study.id = more.study_id
${DESCRIBED_STUDY}`;

/** ?1: studies that a change was permitted to, which may have hidden them. ?2: now. Reads each series of a study once. */
export const COUNT_CHANGED_STUDIES = `
UPDATE study SET updated_at = ?2,
  (number_of_study_related_series, number_of_study_related_instances, total_byte_length, modalities_in_study) = (
    SELECT coalesce(sum(of_modality.series), 0), coalesce(sum(of_modality.instances), 0),
      coalesce(sum(of_modality.bytes), 0), coalesce(group_concat(of_modality.modality, '\\'), '')
    FROM (
      SELECT modality, count(*) AS series, sum(number_of_series_related_instances) AS instances,
        sum(series.total_byte_length) AS bytes
      FROM main.series AS series WHERE series.study_id = study.id GROUP BY modality ORDER BY modality) AS of_modality)
WHERE id IN (
  SELECT counted.id FROM json_each(?1) AS j
    CROSS JOIN main.study AS counted ON counted.study_instance_uid = j.value ->> 'studyInstanceUID')`;
