import type { Scope } from '../../archive/identities';
import { INSTANCE_RECORD } from '../commit/sql/instance-sql';
import { JOIN_SEGMENT, leaveSegments, SEGMENT_ID } from '../commit/sql/segment-sql';
import { FROM_INSTANCE, FROM_SERIES } from '../index/d1-rows';
import { DIGEST } from '../instance-form';
import { type Fragment, fragment } from '../statements/sql-fragment';
import { AS_STORED, FROM_ANY_SERIES, REMOVAL_COLUMNS, REMOVED_INSTANCE, seriesWithin, within } from './removed-rows';

/* Hides instances: they leave the index, and removal keeps what a restoration needs. */

/** An instance of the scope, if there is one. */
export function anyWithin(scope: Scope): Fragment {
  const { sql, parameters } = within(scope);
  return fragment(`SELECT instance.id ${FROM_INSTANCE} WHERE ${sql} LIMIT 1`, ...parameters);
}

/** The study of the scope, if it has changed since it was last changed at this time. */
export function changedSince({ studyInstanceUID }: Scope, changedAt: number): Fragment {
  return fragment(
    'SELECT 1 FROM main.study WHERE study_instance_uid = ? AND updated_at <> ?',
    studyInstanceUID,
    changedAt,
  );
}

/** Keeps the descriptions of studies and series that may be deleted as a whole. */
export function keepDescriptions(scope: Scope): Fragment {
  const { sql, parameters } = seriesWithin(scope);
  return fragment(
    `INSERT INTO removed_series (study_instance_uid, series_instance_uid, study_attributes, series_attributes)
    SELECT study_instance_uid, series_instance_uid, study.attributes, series.attributes ${FROM_SERIES} WHERE ${sql}
    ON CONFLICT (study_instance_uid, series_instance_uid) DO UPDATE SET
      study_attributes = excluded.study_attributes, series_attributes = excluded.series_attributes`,
    ...parameters,
  );
}

/** Records the scope's instances as deleted. */
export function noteDeleted(scope: Scope, now: number, purgeAt: number): Fragment {
  const { sql, parameters } = within(scope);
  return fragment(
    `INSERT INTO removal (${REMOVAL_COLUMNS})
    SELECT ${REMOVED_INSTANCE}, 'deleted', instance.version, ${DIGEST}, metadata_segment.name, ${INSTANCE_RECORD}, ?, ?
    ${FROM_INSTANCE} ${JOIN_SEGMENT} WHERE ${sql}`,
    now,
    purgeAt,
    ...parameters,
  );
}

/** Revokes the links to the study and to its series of which nothing is left. */
export function endLinks({ studyInstanceUID }: Scope, now: number): Fragment {
  return fragment(
    `UPDATE share SET revoked_at = ? WHERE study_instance_uid = ? AND revoked_at IS NULL AND NOT EXISTS (
      SELECT 1 ${FROM_ANY_SERIES} WHERE study.study_instance_uid = share.study_instance_uid
        AND coalesce(series.series_instance_uid = share.series_instance_uid, true))`,
    now,
    studyInstanceUID,
  );
}

/** The number of instances of the scope. */
export function countWithin(scope: Scope): Fragment {
  const { sql, parameters } = within(scope);
  return fragment(`SELECT count(*) AS count ${FROM_INSTANCE} WHERE ${sql}`, ...parameters);
}

/**
 * Content that was kept aside is purged together with its deleted instance. Earlier releases recorded content that a
 * restoration had exchanged as replaced, without a time.
 */
export function purgeKept(scope: Scope, purgeAt: number): Fragment {
  const { sql, parameters } = within(scope);
  return fragment(
    `UPDATE removal SET purge_at = ? WHERE id IN (
      SELECT id FROM removal WHERE ${sql} AND purge_at IS NULL AND reason IN ('kept', 'replaced'))`,
    purgeAt,
    ...parameters,
  );
}

/** Deletes the instances of a scope from the index, and the series and study that are empty then. */
export function deleteWithin(scope: Scope): Fragment[] {
  const { sql, parameters } = within(scope);
  return [
    fragment(
      leaveSegments(`SELECT ${SEGMENT_ID} AS id, instance.byte_length ${FROM_INSTANCE} WHERE ${sql}`),
      ...parameters,
    ),
    fragment(`DELETE FROM instance WHERE id IN (SELECT instance.id ${FROM_INSTANCE} WHERE ${sql})`, ...parameters),
    ...deleteEmptySeries(scope),
  ];
}

/**
 * Deletes those of a scope's series that have no instance, and the study if it has no series then. A study that stays loses the
 * institutions of the deleted series; one that is deleted as a whole keeps them for its restoration.
 */
export function deleteEmptySeries(scope: Scope): Fragment[] {
  const series = seriesWithin(scope);
  const emptySeries = `SELECT series.id ${FROM_ANY_SERIES} WHERE ${series.sql}
    AND NOT EXISTS (SELECT 1 FROM instance WHERE instance.series_id = series.id)`;
  return [
    fragment(`DELETE FROM request_attribute WHERE series_id IN (${emptySeries})`, ...series.parameters),
    fragment(`DELETE FROM metadata_segment WHERE id <> 0 AND series_id IN (${emptySeries})`, ...series.parameters),
    fragment(`DELETE FROM series WHERE id IN (${emptySeries})`, ...series.parameters),
    fragment(DELETE_EMPTY_STUDY, scope.studyInstanceUID),
    fragment(FORGET_INSTITUTIONS, scope.studyInstanceUID),
  ];
}

/** Counts the instances in the metadata segments of a scope's series again. */
export function countSegments(scope: Scope): Fragment {
  const { sql, parameters } = seriesWithin(scope);
  return fragment(
    `WITH live AS MATERIALIZED (
      SELECT ${SEGMENT_ID} AS id, count(*) AS count, sum(instance.byte_length) AS byte_length
      ${FROM_INSTANCE} WHERE ${sql} GROUP BY 1),
    counted AS (
      SELECT id, count, byte_length FROM live
      UNION ALL SELECT part.merged_into, count, live.byte_length FROM live
        CROSS JOIN metadata_segment AS part ON part.id = live.id WHERE part.merged_into IS NOT NULL)
    UPDATE metadata_segment SET live_count = found.count, live_byte_length = found.byte_length
    FROM (
      SELECT held.id, coalesce(sum(count), 0) AS count, coalesce(sum(counted.byte_length), 0) AS byte_length
      ${FROM_SERIES} CROSS JOIN metadata_segment AS held ON held.series_id = series.id LEFT JOIN counted ON counted.id = held.id
      WHERE ${sql} GROUP BY held.id) AS found
    WHERE metadata_segment.id = found.id
      AND (live_count, live_byte_length) <> (found.count, found.byte_length)`,
    ...parameters,
    ...parameters,
  );
}

const DELETE_EMPTY_STUDY = `
DELETE FROM study
WHERE study_instance_uid = ?1 AND NOT EXISTS (SELECT 1 FROM main.series AS series WHERE series.study_id = study.id)`;

/** Collects the institutions of a study again when no series has one of them any more. */
const FORGET_INSTITUTIONS = `
UPDATE study SET institution_names = (
  SELECT json_group_array(DISTINCT institution_name) FROM main.series AS series
  WHERE series.study_id = study.id AND institution_name <> '')
WHERE study_instance_uid = ?1 AND EXISTS (
  SELECT 1 FROM json_each(study.institution_names) AS known WHERE NOT EXISTS (
    SELECT 1 FROM main.series AS series WHERE series.study_id = study.id AND institution_name = known.value))`;

/** The first instances outside the scope: of its study and, if the scope is an instance, of its series. */
export function remaining(scope: Scope): Fragment {
  const { sql, parameters } = within(scope);
  const columns = `study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID,
    sop_instance_uid AS sopInstanceUID`;
  const first = (of: Fragment): Fragment =>
    fragment(
      `SELECT * FROM (SELECT ${columns} ${FROM_INSTANCE} WHERE ${of.sql} AND NOT (${sql}) ORDER BY ${AS_STORED} LIMIT 1)`,
      ...of.parameters,
      ...parameters,
    );
  const ofStudy = first(within({ studyInstanceUID: scope.studyInstanceUID }));
  if (scope.sopInstanceUID === undefined) return ofStudy;
  const ofSeries = first(seriesWithin(scope));
  return fragment(`${ofSeries.sql} UNION ${ofStudy.sql}`, ...ofSeries.parameters, ...ofStudy.parameters);
}
