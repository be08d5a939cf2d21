import { DIGEST } from '../../instance-form';
import { JOIN_NAMED_SERIES } from './instance-sql';

/* What a commit asks to find out what became of its instances. */

/** Why a version that counted has been removed: its bytes wait until they are restored or purged. */
const HAS_COUNTED = `removal.reason IN ('deleted', 'replaced')`;

/**
 * ?1: instances. Selects the instances in the index under the same UIDs, with the version of the instance in ?1 and, if
 * its bytes are kept aside or have counted, their version.
 */
export const SELECT_KNOWN = `
SELECT j.value ->> 'version' AS known, instance.version AS heldVersion, ${DIGEST} AS heldDigest, (
    SELECT removal.version FROM removal WHERE removal.version = j.value ->> 'version' AND ${HAS_COUNTED}) AS removed, (
    SELECT removal.version FROM removal
    WHERE removal.study_instance_uid = study.study_instance_uid AND removal.series_instance_uid = series.series_instance_uid
      AND removal.sop_instance_uid = instance.sop_instance_uid AND removal.digest = j.value ->> 'digest'
      AND removal.reason = 'kept' AND removal.purge_at IS NULL) AS keptVersion
FROM json_each(?1) AS j
  CROSS JOIN study ON study.study_instance_uid = j.value ->> 'studyInstanceUID'
  CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'
  CROSS JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = j.value ->> 'sopInstanceUID'`;

/** What the index has under the UIDs of an instance. */
export interface KnownState {
  /** The version of the instance that was asked for. */
  known: string;
  heldVersion: string;
  heldDigest: string;
  /** The version that was asked for, if it counted and has been removed. */
  removed: string | null;
  /** The version under which the bytes of the instance are kept beside it. */
  keptVersion: string | null;
}

/**
 * Selects what the index has under the UIDs of instances, where that is another version. A commit asks in its own
 * batch: after it, other requests may replace or delete what its instances have met.
 */
export const SELECT_OTHERS = `${SELECT_KNOWN}
WHERE instance.version <> j.value ->> 'version'`;

/** ?1: instances. Selects a row when one of these versions counts, or has counted, or is kept aside. */
export const SELECT_TAKEN = `
SELECT 1 AS taken FROM json_each(?1) AS j
WHERE EXISTS (SELECT 1 FROM main.removal AS removal WHERE removal.version = j.value ->> 'version')
  OR EXISTS (
    SELECT 1 FROM main.study AS study
      CROSS JOIN main.series AS series ON series.study_id = study.id
        AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'
      CROSS JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = j.value ->> 'sopInstanceUID'
    WHERE study.study_instance_uid = j.value ->> 'studyInstanceUID' AND instance.version = j.value ->> 'version')
LIMIT 1`;

/** ?1: versions. Selects those that counted and have been removed since. */
export const SELECT_REMOVED = `
SELECT version AS removed FROM removal
WHERE version IN (SELECT value FROM json_each(?1)) AND ${HAS_COUNTED}`;

/** ?1: series. The number of metadata segments that each of them has now, and whose study it is: DESCRIBED_STUDY. */
export const SELECT_SEGMENT_COUNTS = `
SELECT study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID,
  study_instance_uid AS describedStudy, patient_id AS patientID, (
    SELECT count(*) FROM metadata_segment
    WHERE metadata_segment.series_id = series.id AND merged_into IS NULL AND live_count > 0) AS segments
FROM json_each(?1) AS j ${JOIN_NAMED_SERIES}`;
