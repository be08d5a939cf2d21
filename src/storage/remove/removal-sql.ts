import type { Scope } from '../../archive/identities';
import { COUNT_LIVE_ENTRIES } from '../commit/commit-sql';
import { INSTANCE_RECORD, JOIN_NAMED_INSTANCE } from '../commit/instance-sql';
import { scopeFilter } from '../d1-rows';
import { type Fragment, fragment } from '../sql-fragment';

const FROM_SERIES = 'FROM study JOIN series ON series.study_id = study.id';
const FROM_INSTANCE = `${FROM_SERIES} JOIN instance ON instance.series_id = series.id`;
/** The same whether they can be seen or not. */
const FROM_ANY_SERIES = 'FROM main.study AS study JOIN main.series AS series ON series.study_id = study.id';
const FROM_ANY_INSTANCE = `${FROM_ANY_SERIES} JOIN instance ON instance.series_id = series.id`;
const JOIN_SEGMENT = 'JOIN metadata_segment ON metadata_segment.id = instance.metadata_segment_id';

const REMOVAL_COLUMNS = `study_instance_uid, series_instance_uid, sop_instance_uid, reason, version, digest, segment,
  record, removed_at, purge_at`;

const REMOVED_INSTANCE = `study.study_instance_uid, series.series_instance_uid, instance.sop_instance_uid`;

function within(scope: Scope): Fragment {
  const { where, values } = scopeFilter(scope);
  return { sql: where, parameters: values };
}

/** The study or series that the scope touches: for an instance, its series. */
function seriesWithin(scope: Scope): Fragment {
  return within({ ...scope, sopInstanceUID: undefined });
}

/** An instance of the scope, if there is one. */
export function anyWithin(scope: Scope): Fragment {
  const { sql, parameters } = within(scope);
  return fragment(`SELECT instance.id ${FROM_INSTANCE} WHERE ${sql} LIMIT 1`, ...parameters);
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
    SELECT ${REMOVED_INSTANCE}, 'deleted', instance.version, instance.digest, metadata_segment.name, ${INSTANCE_RECORD}, ?, ?
    ${FROM_INSTANCE} ${JOIN_SEGMENT} WHERE ${sql}`,
    now,
    purgeAt,
    ...parameters,
  );
}

/** The instances that a deletion at this time removed. */
export function countDeleted(scope: Scope, now: number): Fragment {
  const { sql, parameters } = within(scope);
  const deleted = `reason = 'deleted' AND removed_at = ?`;
  return fragment(`SELECT count(*) AS count FROM main.removal WHERE ${sql} AND ${deleted}`, ...parameters, now);
}

/**
 * The instances that a restoration at this time restored.
 * @param version the version of a single instance
 */
export function countRestored(scope: Scope, now: number, version: string | undefined): Fragment {
  const { sql, parameters } = within(scope);
  const [which, value] = version === undefined ? ['instance.created_at = ?', now] : ['version = ?', version];
  return fragment(`SELECT count(*) AS count ${FROM_ANY_INSTANCE} WHERE ${sql} AND ${which}`, ...parameters, value);
}

/** Content that was kept aside is purged together with its deleted instance. */
export function purgeKept(scope: Scope, purgeAt: number): Fragment {
  const { sql, parameters } = within(scope);
  return fragment(
    `UPDATE removal SET purge_at = ? WHERE id IN (
      SELECT id FROM removal WHERE ${sql} AND purge_at IS NULL AND reason = 'kept')`,
    purgeAt,
    ...parameters,
  );
}

/** Deletes the instances of a scope from the index, and the series and study that are empty then. */
export function deleteWithin(scope: Scope): Fragment[] {
  const { sql, parameters } = within(scope);
  return [
    fragment(
      leaveSegments(`SELECT metadata_segment_id AS id, instance.byte_length ${FROM_INSTANCE} WHERE ${sql}`),
      ...parameters,
    ),
    fragment(`DELETE FROM instance WHERE id IN (SELECT instance.id ${FROM_INSTANCE} WHERE ${sql})`, ...parameters),
    ...deleteEmptySeries(scope),
  ];
}

/** Deletes those of a scope's series that have no instance, and the study if it has no series then. */
export function deleteEmptySeries(scope: Scope): Fragment[] {
  const series = seriesWithin(scope);
  const emptySeries = `SELECT series.id ${FROM_ANY_SERIES} WHERE ${series.sql}
    AND NOT EXISTS (SELECT 1 FROM instance WHERE instance.series_id = series.id)`;
  return [
    ...['request_attribute', 'metadata_segment'].map((table) =>
      fragment(`DELETE FROM ${table} WHERE series_id IN (${emptySeries})`, ...series.parameters),
    ),
    fragment(`DELETE FROM series WHERE id IN (${emptySeries})`, ...series.parameters),
    fragment(DELETE_EMPTY_STUDY, scope.studyInstanceUID),
  ];
}

/**
 * Subtracts instances that are about to be deleted, and their bytes, from the counts of their segments. A second run
 * finds none of them.
 * @param instances SQL of one row for each, with the id of its segment in the column `id`, and `byte_length`
 */
function leaveSegments(instances: string): string {
  return `UPDATE metadata_segment SET live_count = live_count - gone.count,
      live_byte_length = live_byte_length - gone.byte_length
    FROM (SELECT id, count(*) AS count, sum(byte_length) AS byte_length FROM (${instances}) GROUP BY id) AS gone WHERE metadata_segment.id = gone.id`;
}

/** Counts the instances in the metadata segments of a scope's series again. */
export function countSegments(scope: Scope): Fragment {
  const { sql, parameters } = seriesWithin(scope);
  return fragment(`${COUNT_LIVE_ENTRIES} series_id IN (SELECT series.id ${FROM_SERIES} WHERE ${sql})`, ...parameters);
}

const DELETE_EMPTY_STUDY = `
DELETE FROM study
WHERE study_instance_uid = ?1 AND NOT EXISTS (SELECT 1 FROM main.series AS series WHERE series.study_id = study.id)`;

/** The first instances of the scope's series, if it is an instance, and of its study, that are outside the scope. */
export function remaining(scope: Scope): Fragment {
  const { sql, parameters } = within(scope);
  const columns = `study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID,
    sop_instance_uid AS sopInstanceUID`;
  const first = (of: Fragment): Fragment =>
    fragment(
      `SELECT * FROM (SELECT ${columns} ${FROM_INSTANCE} WHERE ${of.sql} AND NOT (${sql}) ORDER BY instance.id LIMIT 1)`,
      ...of.parameters,
      ...parameters,
    );
  const ofStudy = first(within({ studyInstanceUID: scope.studyInstanceUID }));
  if (scope.sopInstanceUID === undefined) return ofStudy;
  const ofSeries = first(seriesWithin(scope));
  return fragment(`${ofSeries.sql} UNION ${ofStudy.sql}`, ...ofSeries.parameters, ...ofStudy.parameters);
}

/**
 * What a restoration of the scope restores: for an instance its newest removed version, whatever the reason of its
 * removal; for a series or a study the newest deleted version of each instance. What was put aside, which only somebody
 * sees who sees everything, comes last: it must not come in place of what was removed.
 */
export function restorable(scope: Scope, now: number): Fragment {
  const { sql, parameters } = within(scope);
  // A claimed version is being purged.
  const counts = (row: string) =>
    `(${row}.purge_at IS NULL OR ${row}.purge_at > ?) AND ${row}.claimed_at IS NULL${scope.sopInstanceUID === undefined ? ` AND ${row}.reason = 'deleted'` : ''}`;
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
 * Condition on a row `chosen` of removal: its study is the one that is there, or one with the same access. Otherwise its
 * instances would come into a study that others may see.
 */
export const OF_SAME_STUDY = fragment(`(chosen.removed_study_id IS NULL OR EXISTS (
  SELECT 1 FROM main.study AS there JOIN removed_study ON removed_study.id = chosen.removed_study_id
  WHERE there.study_instance_uid = chosen.study_instance_uid
    AND (there.stored_by, there.labels) = (removed_study.stored_by, removed_study.labels)))`);

/** By whom the study of removed instances counts as stored, and its labels. @param chosen rows of removal */
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

/**
 * Records as replaced the instances that records are about to replace.
 * @param records SQL of a table whose column `value` holds records
 */
export function noteReplaced(records: Fragment, now: number, purgeAt: number | null): Fragment {
  return fragment(
    `INSERT INTO removal (${REMOVAL_COLUMNS})
    SELECT ${REMOVED_INSTANCE}, 'replaced', instance.version, instance.digest, metadata_segment.name, ${INSTANCE_RECORD}, ?, ?
    FROM ${records.sql} AS j ${JOIN_NAMED_INSTANCE} ${JOIN_SEGMENT}
    WHERE instance.digest <> j.value ->> 'digest'
    ON CONFLICT (version) DO NOTHING`,
    now,
    purgeAt,
    ...records.parameters,
  );
}

/**
 * Keeps records aside when other bytes are in their place, unless the same bytes were kept before and have no time to
 * be purged. Returns the versions kept.
 * @param records as above
 */
export function keepOthers(records: Fragment, now: number): Fragment {
  return fragment(
    `INSERT INTO removal (${REMOVAL_COLUMNS})
    SELECT ${REMOVED_INSTANCE}, 'kept', j.value ->> 'version', j.value ->> 'digest', metadata_segment.name,
      json_set(j.value, '$.segmentByteLength', metadata_segment.byte_length,
        '$.segmentEntryCount', metadata_segment.entry_count, '$.segmentContent', metadata_segment.content), ?, NULL
    FROM ${records.sql} AS j ${JOIN_NAMED_INSTANCE}
      JOIN metadata_segment ON metadata_segment.name = j.value ->> 'segment'
    WHERE instance.digest <> j.value ->> 'digest' AND NOT EXISTS (
      SELECT 1 FROM removal
      WHERE removal.study_instance_uid = study.study_instance_uid
        AND removal.series_instance_uid = series.series_instance_uid
        AND removal.sop_instance_uid = instance.sop_instance_uid AND removal.digest = j.value ->> 'digest'
        AND removal.reason = 'kept' AND removal.purge_at IS NULL)
    ON CONFLICT (version) DO NOTHING
    RETURNING version AS kept`,
    now,
    ...records.parameters,
  );
}

/**
 * Subtracts the instances that records are about to replace from the counts of their segments.
 * @param records as above
 */
export function leaveReplaced(records: Fragment): Fragment {
  return fragment(
    leaveSegments(`SELECT metadata_segment_id AS id, instance.byte_length FROM ${records.sql} AS j ${JOIN_NAMED_INSTANCE}
      WHERE instance.digest <> j.value ->> 'digest'`),
    ...records.parameters,
  );
}

/**
 * Claims removed instances whose time has come, including those that an interrupted run has claimed. ?1: now. ?2: the
 * limit. Leaves a version alone that counts although it is recorded as removed.
 */
export const CLAIM_PURGEABLE = `
UPDATE removal SET claimed_at = coalesce(claimed_at, ?1)
WHERE id IN (SELECT id FROM removal AS due WHERE purge_at <= ?1 AND NOT EXISTS (
    SELECT 1 FROM study
      CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = due.series_instance_uid
      CROSS JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = due.sop_instance_uid
    WHERE study.study_instance_uid = due.study_instance_uid AND instance.version = due.version)
  ORDER BY purge_at LIMIT ?2)
RETURNING study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID,
  sop_instance_uid AS sopInstanceUID, version`;

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
