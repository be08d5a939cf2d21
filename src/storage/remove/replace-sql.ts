import { INSTANCE_RECORD, JOIN_NAMED_INSTANCE } from '../commit/sql/instance-sql';
import { JOIN_SEGMENT, leaveSegments, SEGMENT_ID } from '../commit/sql/segment-sql';
import { DIGEST } from '../instance-form';
import { type Fragment, fragment } from '../statements/sql-fragment';
import { NOT_HELD } from './d1-holds';
import { REMOVAL_COLUMNS, REMOVED_INSTANCE } from './removed-rows';

/* Statements of a commit for instances whose UIDs are in the index with other bytes. */

/**
 * Notes each instance that one of the records is about to replace as removed.
 * @param records SQL of a table whose column `value` holds records
 * @param purgeAt null: they are kept beside the instance as long as it is there, like content that a store keeps aside
 */
export function noteReplaced(records: Fragment, now: number, purgeAt: number | null): Fragment {
  return fragment(
    `INSERT INTO removal (${REMOVAL_COLUMNS})
    SELECT ${REMOVED_INSTANCE}, '${purgeAt === null ? 'kept' : 'replaced'}', instance.version, ${DIGEST}, metadata_segment.name, ${INSTANCE_RECORD}, ?, ?
    FROM ${records.sql} AS j ${JOIN_NAMED_INSTANCE} ${JOIN_SEGMENT}
    WHERE ${DIGEST} <> j.value ->> 'digest' AND ${NOT_HELD}
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
    WHERE ${DIGEST} <> j.value ->> 'digest' AND NOT EXISTS (
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
    leaveSegments(`SELECT ${SEGMENT_ID} AS id, instance.byte_length FROM ${records.sql} AS j ${JOIN_NAMED_INSTANCE}
      WHERE ${DIGEST} <> j.value ->> 'digest' AND ${NOT_HELD}`),
    ...records.parameters,
  );
}
