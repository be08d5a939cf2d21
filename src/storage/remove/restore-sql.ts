import type { Scope, SeriesIdentity } from '../../archive/identities';
import { FROM_INSTANCE } from '../index/d1-rows';
import { DIGEST } from '../instance-form';
import { jsonChunks } from '../statements/json-chunks';
import { type Fragment, fragment } from '../statements/sql-fragment';
import { FORGET_STUDIES } from './purge-sql';
import { AS_STORED, FROM_ANY_INSTANCE, REMOVED_INSTANCE, within } from './removed-rows';

/* Brings hidden instances back. */

/**
 * Those studies or series whose first instance has just been restored, until its removal ends: a table with a column `value`.
 * Others are described by another instance, and stay so.
 */
export function recordsOfFirst(records: readonly object[]): Fragment[] {
  return jsonChunks(records).map(({ json }) =>
    fragment(
      `(SELECT value FROM json_each(?) AS record WHERE EXISTS (
        SELECT 1 FROM main.removal AS removal WHERE removal.version = (
          SELECT instance.version ${FROM_ANY_INSTANCE}
          WHERE study.study_instance_uid = record.value ->> 'studyInstanceUID'
            AND coalesce(series.series_instance_uid = record.value ->> 'seriesInstanceUID', true)
          ORDER BY ${AS_STORED} LIMIT 1)))`,
      json,
    ),
  );
}

/**
 * What a restoration of the scope restores: for an instance its newest removed version, whatever the reason of its
 * removal; for a series or a study the newest deleted version of each instance. Versions that were put aside
 * come last, so that they do not replace a removed version. Only a principal that sees everything can see them.
 */
export function restorable(scope: Scope, now: number): Fragment {
  const { sql, parameters } = within(scope);
  // A claimed version is being purged.
  const counts = (row: string) =>
    `(${row}.purge_at IS NULL OR ${row}.purge_at > ? OR EXISTS (
      SELECT 1 FROM legal_hold WHERE legal_hold.study_instance_uid = ${row}.study_instance_uid)) AND ${row}.claimed_at IS NULL${scope.sopInstanceUID === undefined ? ` AND ${row}.reason = 'deleted'` : ''}`;
  return fragment(
    `SELECT * FROM removal WHERE ${sql} AND ${counts('removal')} AND NOT EXISTS (
      SELECT 1 FROM removal AS newer
      WHERE newer.study_instance_uid = removal.study_instance_uid
        AND newer.series_instance_uid = removal.series_instance_uid
        AND newer.sop_instance_uid = removal.sop_instance_uid
        AND (newer.reason NOT IN ('aside', 'aside too'), newer.id) > (removal.reason NOT IN ('aside', 'aside too'), removal.id)
        AND ${counts('newer')})`,
    ...parameters,
    now,
    now,
  );
}

/** The series that have some of these versions, as they were described. @param versions SQL of rows of `removal` */
export function seriesOf({ sql, parameters }: Fragment): Fragment {
  return fragment(
    `SELECT study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID,
      study_attributes AS studyAttributes, series_attributes AS seriesAttributes
    FROM removed_series WHERE (study_instance_uid, series_instance_uid) IN (
      SELECT study_instance_uid, series_instance_uid FROM (${sql}))`,
    ...parameters,
  );
}

/** The one that was stored first. @param versions SQL of rows of `removal` */
export function firstOf({ sql, parameters }: Fragment): Fragment {
  return fragment(`SELECT record FROM (${sql}) ORDER BY record ->> 'createdAt', id LIMIT 1`, ...parameters);
}

/**
 * Metadata segments of the restored instances, whose rows may be gone.
 * @param versions SQL of rows of `removal`
 */
export function restoreSegments(versions: Fragment): Fragment {
  return fragment(
    `INSERT INTO metadata_segment (series_id, name, byte_length, entry_count, content)
    SELECT DISTINCT series.id, r.segment, r.record ->> 'segmentByteLength', r.record ->> 'segmentEntryCount',
      r.record ->> 'segmentContent'
    FROM (${versions.sql}) AS r
      CROSS JOIN study ON study.study_instance_uid = r.study_instance_uid
      CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = r.series_instance_uid
    WHERE true ON CONFLICT (name) DO NOTHING`,
    ...versions.parameters,
  );
}

/**
 * Condition on a row `chosen` of removal: the study that has its UID now is the same study, or has the same access.
 * Otherwise its instances would appear in a study that other principals may see.
 */
export const OF_SAME_STUDY = fragment(`(chosen.removed_study_id IS NULL OR EXISTS (
  SELECT 1 FROM main.study AS there JOIN removed_study ON removed_study.id = chosen.removed_study_id
  WHERE there.study_instance_uid = chosen.study_instance_uid
    AND (there.stored_by, there.labels) = (removed_study.stored_by, removed_study.labels)))`);

/**
 * The result of a restoration, as the JSON of RestoredCounts. Valid until the removals of the restored instances end.
 * @param versions SQL of rows of `removal` that it chose
 */
export function countRestored(versions: Fragment): Fragment {
  return fragment(
    `SELECT json_object(
      'restored', count(*) FILTER (WHERE instance.version = chosen.version),
      'otherContent', count(*) FILTER (WHERE instance.version <> chosen.version AND ${DIGEST} <> chosen.digest),
      'otherStudy', count(*) FILTER (WHERE instance.version IS NULL AND NOT ${OF_SAME_STUDY.sql}))
    FROM (${versions.sql}) AS chosen
      LEFT JOIN main.study AS study ON study.study_instance_uid = chosen.study_instance_uid
      LEFT JOIN main.series AS series ON series.study_id = study.id AND series.series_instance_uid = chosen.series_instance_uid
      LEFT JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = chosen.sop_instance_uid`,
    ...versions.parameters,
  );
}

/** The principal that counts as having stored the study of removed instances, and the labels of the study.  @param chosen rows of removal */
export function accessOf(chosen: Fragment): { readonly storedBy: Fragment; readonly labels: Fragment } {
  const kept = (column: string, otherwise: string) =>
    fragment(
      `coalesce((SELECT ${column} FROM removed_study WHERE id = (
        SELECT max(removed_study_id) FROM (${chosen.sql}))), '${otherwise}')`,
      ...chosen.parameters,
    );
  return { storedBy: kept('stored_by', ''), labels: kept('labels', '[]') };
}

/** What remains removed of a deleted study that is there again belongs to the study that is there. */
export function joinStudies({ studyInstanceUID }: Scope): Fragment[] {
  return [
    fragment(
      `UPDATE removal SET removed_study_id = NULL WHERE study_instance_uid = ?1 AND removed_study_id IN (
        SELECT removed_study.id FROM removed_study
          JOIN main.study AS there ON there.study_instance_uid = removed_study.study_instance_uid
            AND (there.stored_by, there.labels) = (removed_study.stored_by, removed_study.labels)
        WHERE removed_study.study_instance_uid = ?1)`,
      studyInstanceUID,
    ),
    fragment(FORGET_STUDIES, JSON.stringify([{ studyInstanceUID }])),
  ];
}

/**
 * Makes the whole transaction fail when the study is under legal hold and the instance still counts with another version: the
 * trigger held_version_stays refuses the update. Otherwise the study would be described by content that was not restored.
 */
export function refuseHeld(scope: Scope, version: string): Fragment {
  const { sql, parameters } = within(scope);
  return fragment(
    `UPDATE instance SET version = version || ' held' WHERE id IN (
      SELECT instance.id ${FROM_INSTANCE} WHERE ${sql} AND instance.version <> ? AND EXISTS (
        SELECT 1 FROM legal_hold WHERE legal_hold.study_instance_uid = study.study_instance_uid))`,
    ...parameters,
    version,
  );
}

/** Ends the removal of versions that count again. */
export function endRemovals(scope: Scope): Fragment {
  const { sql, parameters } = within(scope);
  return fragment(
    `DELETE FROM removal WHERE version IN (SELECT instance.version ${FROM_INSTANCE} WHERE ${sql})`,
    ...parameters,
  );
}

/** The version to restore, unless it has been claimed for purging. */
export function restorableAs(version: string): Fragment {
  return fragment('SELECT * FROM removal WHERE version = ? AND claimed_at IS NULL', version);
}

/**
 * Selects a row when the version is not one of these any more: others have deleted, restored or replaced since it was
 * looked up.
 */
export function unlessAmong({ sql, parameters }: Fragment, version: string): Fragment {
  return fragment(`SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM (${sql}) WHERE version = ?)`, ...parameters, version);
}

/**
 * Selects a row when the versions are of further series: others have deleted these since the series were looked up, and nothing
 * describes them.
 */
export function unlessOnlyOf(versions: Fragment, series: readonly SeriesIdentity[]): Fragment {
  const { sql, parameters } = seriesOf(versions);
  const known = JSON.stringify(series.map(({ studyInstanceUID: study, seriesInstanceUID: uid }) => `${study}/${uid}`));
  return fragment(
    `SELECT 1 FROM (${sql}) WHERE studyInstanceUID || '/' || seriesInstanceUID NOT IN (SELECT value FROM json_each(?)) LIMIT 1`,
    ...parameters,
    known,
  );
}

/**
 * Content that was kept aside is kept again as long as its instance counts: the deletion of the instance had set a
 * time.
 */
export function keepAgain(scope: Scope): Fragment {
  const { sql, parameters } = within(scope);
  return fragment(
    `UPDATE removal SET purge_at = NULL
    WHERE reason = 'kept' AND purge_at IS NOT NULL AND claimed_at IS NULL
      AND (study_instance_uid, series_instance_uid, sop_instance_uid) IN (
        SELECT ${REMOVED_INSTANCE} ${FROM_INSTANCE} WHERE ${sql})`,
    ...parameters,
  );
}
