import type { SeriesRecord, StudyRecord } from '../../../archive/commit-group';
import { jsonChunks } from '../../statements/json-chunks';
import { type Fragment, fragment, sql, value } from '../../statements/sql-fragment';
import { JOIN_NAMED_SERIES } from './instance-sql';

/**
 * The statements of a commit, in order. They run as one D1 batch, which is one transaction and one round trip. Each
 * takes a JSON array as ?1. All may run twice: rows that exist stay, and counts are computed again.
 */

/** The columns of a study that its record fills, each with the field of the record. */
const STUDY_COLUMNS: Readonly<Record<string, keyof StudyRecord>> = {
  study_date: 'studyDate',
  study_time: 'studyTime',
  accession_number: 'accessionNumber',
  study_description: 'studyDescription',
  study_id: 'studyID',
  patient_id: 'patientID',
  patient_name: 'patientName',
  referring_physician_name: 'referringPhysicianName',
  patient_name_words: 'patientNameWords',
  referring_physician_name_words: 'referringPhysicianNameWords',
  issuer_of_patient_id: 'issuerOfPatientID',
  patient_birth_date: 'patientBirthDate',
  patient_sex: 'patientSex',
  timezone_offset: 'timezoneOffset',
  attributes: 'attributes',
};

/** The columns of a series that its record fills, each with the field of the record. */
const SERIES_COLUMNS: Readonly<Record<string, keyof SeriesRecord>> = {
  modality: 'modality',
  series_number: 'seriesNumber',
  performed_procedure_step_start_date: 'performedProcedureStepStartDate',
  performed_procedure_step_start_time: 'performedProcedureStepStartTime',
  series_description: 'seriesDescription',
  body_part_examined: 'bodyPartExamined',
  protocol_name: 'protocolName',
  institution_name: 'institutionName',
  timezone_offset: 'timezoneOffset',
  attributes: 'attributes',
};

function names(columns: Readonly<Record<string, string>>): string {
  return Object.keys(columns).join(', ');
}

/** The values of the columns in a record, as `->>` reads them: it gives objects as their JSON text. */
function values(columns: Readonly<Record<string, string>>): string {
  return Object.values(columns)
    .map((field) => `j.value ->> '${field}'`)
    .join(', ');
}

function assignments(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([column, field]) => `${column} = j.value ->> '${field}'`)
    .join(', ');
}

function qualified(table: string, columns: Readonly<Record<string, string>>): string {
  return Object.keys(columns)
    .map((column) => `${table}.${column}`)
    .join(', ');
}

/**
 * The first instance that is stored determines how its study is described, by whom it counts as stored, and its labels.
 * @param json array of study records
 * @param storedBy SQL of the principal's id
 * @param labels SQL of a JSON array
 */
export function insertStudies(json: string, now: number, storedBy: Fragment, labels: Fragment): Fragment {
  return sql`INSERT INTO study (study_instance_uid, ${names(STUDY_COLUMNS)}, stored_by, labels, created_at, updated_at)
    SELECT j.value ->> 'studyInstanceUID', ${values(STUDY_COLUMNS)}, ${storedBy}, ${labels}, ${value(now)}, ${value(now)}
    FROM json_each(${value(json)}) AS j WHERE true
    ON CONFLICT (study_instance_uid) DO NOTHING`;
}

/** ?2: now. */
const insertSeriesOf = (study: 'study' | 'main.study') => `
INSERT INTO series (study_id, series_instance_uid, ${names(SERIES_COLUMNS)}, created_at, updated_at)
SELECT owner.id, j.value ->> 'seriesInstanceUID', ${values(SERIES_COLUMNS)}, ?2, ?2
FROM json_each(?1) AS j CROSS JOIN ${study} AS owner ON owner.study_instance_uid = j.value ->> 'studyInstanceUID'
WHERE true
ON CONFLICT (study_id, series_instance_uid) DO NOTHING`;

/** Inserts series of studies that can be seen. ?2: now. */
export const INSERT_SERIES = insertSeriesOf('study');
/** Inserts series for a restoration. ?2: now. The restoration has checked before that the series can be restored. */
export const INSERT_RESTORED_SERIES = insertSeriesOf('main.study');

/**
 * Inserts the items of Request Attributes Sequence.
 * @param records SQL of a table whose column `value` holds series records
 */
export function insertRequestAttributes(records: Fragment): Fragment {
  return fragment(
    `INSERT INTO request_attribute (series_id, scheduled_procedure_step_id, requested_procedure_id)
    SELECT series.id, r.value ->> 'scheduledProcedureStepID', r.value ->> 'requestedProcedureID'
    FROM ${records.sql} AS j ${JOIN_NAMED_SERIES} CROSS JOIN json_each(j.value, '$.requests') AS r
    WHERE true
    ON CONFLICT DO NOTHING`,
    ...records.parameters,
  );
}

/** Returns the patient of a study in the index. */
export const DESCRIBED_STUDY = 'RETURNING study_instance_uid AS describedStudy, patient_id AS patientID';

/**
 * Updates the descriptions of studies and series that exist, when that changes something.
 * @param studies SQL of tables whose column `value` holds study records
 * @param series the same for series records
 */
export function describeAgain(studies: readonly Fragment[], series: readonly Fragment[], now: number): Fragment[] {
  return [...series.flatMap((some) => describeSeries(some, now)), ...studies.map((some) => describeStudies(some, now))];
}

function describeStudies(studies: Fragment, now: number): Fragment {
  return fragment(
    `UPDATE study SET updated_at = ?, ${assignments(STUDY_COLUMNS)} FROM ${studies.sql} AS j
      WHERE study.study_instance_uid = j.value ->> 'studyInstanceUID' AND study.attributes <> j.value ->> 'attributes'
        AND EXISTS (SELECT 1 FROM study AS visible WHERE visible.id = study.id)
      ${DESCRIBED_STUDY}`,
    now,
    ...studies.parameters,
  );
}

function describeSeries(series: Fragment, now: number): Fragment[] {
  return [
    fragment(
      `UPDATE series SET updated_at = ?, ${assignments(SERIES_COLUMNS)}
      FROM ${series.sql} AS j JOIN study ON study.study_instance_uid = j.value ->> 'studyInstanceUID'
      WHERE series.study_id = study.id AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'
        AND series.attributes <> j.value ->> 'attributes'`,
      now,
      ...series.parameters,
    ),
    fragment(
      `DELETE FROM request_attribute WHERE series_id IN (SELECT series.id FROM ${series.sql} AS j ${JOIN_NAMED_SERIES})`,
      ...series.parameters,
    ),
    insertRequestAttributes(series),
  ];
}

/** Fills columns whose values differ from these records, which are made of the attributes that the index keeps. */
export function fillColumns(studies: readonly Fragment[], series: readonly Fragment[]): Fragment[] {
  return [...studies.map(fillStudies), ...series.map(fillSeries)];
}

function fillStudies(studies: Fragment): Fragment {
  return fragment(
    `UPDATE study SET ${assignments(STUDY_COLUMNS)} FROM ${studies.sql} AS j
      WHERE study.study_instance_uid = j.value ->> 'studyInstanceUID' AND study.attributes = j.value ->> 'attributes'
        AND (${qualified('study', STUDY_COLUMNS)}) IS NOT (${values(STUDY_COLUMNS)})`,
    ...studies.parameters,
  );
}

function fillSeries(series: Fragment): Fragment {
  return fragment(
    `UPDATE series SET ${assignments(SERIES_COLUMNS)}
      FROM ${series.sql} AS j JOIN study ON study.study_instance_uid = j.value ->> 'studyInstanceUID'
      WHERE series.study_id = study.id AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'
        AND series.attributes = j.value ->> 'attributes'
        AND (${qualified('series', SERIES_COLUMNS)}) IS NOT (${values(SERIES_COLUMNS)})`,
    ...series.parameters,
  );
}

/** Records as tables with a column `value`, as many tables as the records need. */
export function recordsOf(records: readonly object[]): Fragment[] {
  return jsonChunks(records).map(({ json }) => fragment('json_each(?)', json));
}

/** The records of studies or series in which an instance has just been replaced, as tables with a column `value`. */
export function recordsReplaced(records: readonly object[], now: number): Fragment[] {
  return jsonChunks(records).map(({ json }) => replacedAmong(json, now));
}

function replacedAmong(json: string, now: number): Fragment {
  return fragment(
    `(SELECT value FROM json_each(?) AS record WHERE EXISTS (
      SELECT 1 FROM removal
      WHERE removal.study_instance_uid = record.value ->> 'studyInstanceUID'
        AND coalesce(removal.series_instance_uid = record.value ->> 'seriesInstanceUID', true)
        AND removal.removed_at = ? AND removal.reason = 'replaced'))`,
    json,
    now,
  );
}

/** ?1: metadata segments of the group. */
export const INSERT_SEGMENTS = `
INSERT INTO metadata_segment (series_id, name, byte_length, entry_count, content)
SELECT series.id, j.value ->> 'name', j.value ->> 'byteLength', j.value ->> 'entryCount', j.value ->> 'content'
FROM json_each(?1) AS j
  CROSS JOIN study ON study.study_instance_uid = j.value ->> 'studyInstanceUID'
  CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'
WHERE true
ON CONFLICT (name) DO NOTHING`;

/**
 * ?1: segment names. Deletes those of a request of which no instance counts.
 */
export const DELETE_DEAD_SEGMENTS = `
DELETE FROM metadata_segment WHERE name IN (SELECT value FROM json_each(?1)) AND live_count = 0`;
