import type { SnapshotTable } from '../../archive/snapshot/snapshot';
import { DIGEST, shortForm } from '../instance-form';

/*
 * The statements of snapshots. test/runtime/snapshot-columns.test.ts compares the columns with the schema: a migration that adds
 * one adds it here too.
 */

interface Table {
  readonly columns: readonly string[];
  /** Columns that hold row numbers. */
  readonly ids: readonly string[];
  /** SQL condition on the rows of a study. ?1: its UID. */
  readonly ofStudy: string;
}

const THE_STUDY = '(SELECT id FROM study WHERE study_instance_uid = ?1)';
const ITS_SERIES = `series_id IN (SELECT id FROM series WHERE study_id = ${THE_STUDY})`;
const BY_UID = 'study_instance_uid = ?1';

/** The columns of each table that a snapshot holds. Triggers, or later requests, make everything else again. */
export const TABLES: Readonly<Record<SnapshotTable, Table>> = {
  study: {
    columns: [
      ...['id', 'study_instance_uid', 'study_date', 'study_time', 'timezone_offset', 'accession_number'],
      ...['study_description', 'study_id', 'patient_id', 'issuer_of_patient_id', 'patient_name', 'patient_name_words'],
      ...['patient_birth_date', 'patient_sex', 'referring_physician_name', 'referring_physician_name_words'],
      ...['modalities_in_study', 'number_of_study_related_series', 'number_of_study_related_instances'],
      ...['total_byte_length', 'attributes', 'created_at', 'updated_at', 'stored_by', 'labels', 'institution_names'],
    ],
    ids: ['id'],
    ofStudy: BY_UID,
  },
  series: {
    columns: [
      ...['id', 'study_id', 'series_instance_uid', 'modality', 'series_number', 'series_description'],
      ...['body_part_examined', 'protocol_name', 'performed_procedure_step_start_date'],
      ...['performed_procedure_step_start_time', 'timezone_offset', 'number_of_series_related_instances'],
      ...['total_byte_length', 'unmerged_at', 'attributes', 'created_at', 'updated_at', 'institution_name'],
    ],
    ids: ['id', 'study_id'],
    ofStudy: `study_id = ${THE_STUDY}`,
  },
  request_attribute: {
    columns: ['series_id', 'scheduled_procedure_step_id', 'requested_procedure_id'],
    ids: ['series_id'],
    ofStudy: ITS_SERIES,
  },
  metadata_segment: {
    columns: [
      ...['id', 'series_id', 'name', 'byte_length', 'entry_count', 'live_count', 'live_byte_length', 'content'],
      ...['merged_into', 'merged_offset', 'merged_length', 'merged_start'],
    ],
    ids: ['id', 'series_id', 'merged_into'],
    // Segment 0 belongs to no study.
    ofStudy: `${ITS_SERIES} AND id <> 0`,
  },
  instance: {
    columns: [
      ...['id', 'series_id', 'sop_instance_uid', 'sop_class_uid', 'instance_number', 'number_of_rows'],
      ...['number_of_columns', 'bits_allocated', 'number_of_frames', 'transfer_syntax_uid', 'version', 'byte_length'],
      ...['digest', 'crc32', 'layout', 'metadata_segment_id', 'metadata_offset', 'metadata_length', 'metadata_start'],
      ...['metadata_end', 'created_at', 'segment_id', 'sender'],
    ],
    ids: ['id', 'series_id', 'metadata_segment_id', 'segment_id'],
    ofStudy: ITS_SERIES,
  },
  // Who stored, for storage commitment.
  series_sender: { columns: ['series_id', 'principal'], ids: ['series_id'], ofStudy: ITS_SERIES },
  further_sender: {
    columns: ['series_id', 'instance_id', 'sender'],
    ids: ['series_id', 'instance_id'],
    ofStudy: ITS_SERIES,
  },
  removed_study: {
    columns: [
      ...['id', 'study_instance_uid', 'study_date', 'accession_number', 'patient_id', 'issuer_of_patient_id'],
      ...['referring_physician_name', 'stored_by', 'labels', 'institution_names'],
    ],
    ids: ['id'],
    ofStudy: BY_UID,
  },
  removed_series: {
    columns: ['study_instance_uid', 'series_instance_uid', 'study_attributes', 'series_attributes'],
    ids: [],
    ofStudy: BY_UID,
  },
  removal: {
    columns: [
      ...['id', 'study_instance_uid', 'series_instance_uid', 'sop_instance_uid', 'reason', 'version', 'digest'],
      ...['segment', 'record', 'removed_at', 'purge_at', 'claimed_at', 'removed_study_id', 'sent_by'],
    ],
    ids: ['id', 'removed_study_id'],
    ofStudy: BY_UID,
  },
  legal_hold: {
    columns: ['study_instance_uid', 'reason', 'held_at'],
    ids: [],
    ofStudy: BY_UID,
  },
};

/** The rows of a table, each as a JSON array. ?1: the study. */
export function rowsOf(table: SnapshotTable): string {
  const { columns, ofStudy } = TABLES[table];
  // JSON has no bytes.
  const values = columns.map((column) => (table === 'instance' && column === 'digest' ? DIGEST : column));
  return `SELECT json_array(${values.join(', ')}) AS row FROM ${table} WHERE ${ofStudy}`;
}

/** Some of them in the order of their ids. ?2: the id before them. ?3: the limit. */
export function someRowsOf(table: SnapshotTable): string {
  return `${rowsOf(table)} AND id > ?2 ORDER BY id LIMIT ?3`;
}

/** Inserts rows. ?1: JSON array of rows. ?2: what is added to row numbers. Rows that are there stay. */
export function insertRows(table: SnapshotTable, columns: readonly string[]): string {
  const { ids } = TABLES[table];
  // The other columns are copied in the form in which they are kept.
  const kept = (column: string, value: string) =>
    table === 'instance' && column === 'digest' ? shortForm(column, value) : value;
  // Segment 0 is the same everywhere.
  const values = columns.map((column, at) =>
    ids.includes(column) ? `iif(j.value ->> ${at} = 0, 0, j.value ->> ${at} + ?2)` : kept(column, `j.value ->> ${at}`),
  );
  return `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM json_each(?1) AS j WHERE ?2 IS NOT NULL
    ON CONFLICT DO NOTHING`;
}

/** What tells whether a row with an id is the one of a snapshot. */
const NAMES = {
  study: 'study_instance_uid',
  series: 'series_instance_uid',
  metadata_segment: 'name',
  instance: 'version',
  removed_study: 'study_instance_uid',
  removal: 'version',
} as const;

/** Tables whose rows have ids. */
export type NumberedTable = keyof typeof NAMES;

/** The names of tables whose rows have ids. */
export const NUMBERED = Object.keys(NAMES) as NumberedTable[];

/** Rows of other studies that have an id of these rows. ?1: JSON array of rows. Returns at most one row. */
export function takenIds(table: NumberedTable, columns: readonly string[]): string {
  const name = NAMES[table];
  return `SELECT 1 AS taken FROM json_each(?1) AS j JOIN ${table} AS there ON there.id = j.value ->> ${columns.indexOf('id')}
    WHERE there.${name} <> j.value ->> ${columns.indexOf(name)} LIMIT 1`;
}

/** How much was added to the ids of these rows when they were inserted. ?1: JSON array of rows. */
export function knownShift(table: 'study' | 'removal', columns: readonly string[]): string {
  const name = NAMES[table];
  return `SELECT there.id - (j.value ->> ${columns.indexOf('id')}) AS shift FROM json_each(?1) AS j
    JOIN ${table} AS there ON there.${name} = j.value ->> ${columns.indexOf(name)} LIMIT 1`;
}

/** The largest id of all. */
export const LARGEST_ID = `SELECT max(coalesce((SELECT max(id) FROM study), 0), coalesce((SELECT max(id) FROM series), 0),
  coalesce((SELECT max(id) FROM metadata_segment), 0), coalesce((SELECT max(id) FROM instance), 0),
  coalesce((SELECT max(id) FROM removed_study), 0), coalesce((SELECT max(id) FROM removal), 0)) AS id`;

/** ?1: the limit. ?2: now. ?3: claims from before this time are abandoned. Not of studies that move from or to this database. */
export const CLAIM_CHANGED = `
UPDATE changed_study SET taken_at = ?2
WHERE study_instance_uid IN (
  SELECT study_instance_uid FROM changed_study WHERE (taken_at IS NULL OR taken_at < ?3)
    AND NOT EXISTS (SELECT 1 FROM study_fence WHERE study_fence.study_instance_uid = changed_study.study_instance_uid)
  LIMIT ?1)
RETURNING study_instance_uid AS uid`;

/** ?1: a study. ?2: when it was claimed. */
export const FINISH = 'DELETE FROM changed_study WHERE study_instance_uid = ?1 AND taken_at = ?2 RETURNING 1 AS done';

/** ?1: a study. ?2: when it was claimed. Returns a row while the claim holds. */
export const IS_CLAIMED = 'SELECT 1 AS claimed FROM changed_study WHERE study_instance_uid = ?1 AND taken_at = ?2';

/** ?1: the limit. */
export const COUNT_CHANGED = 'SELECT count(*) AS count FROM (SELECT 1 FROM changed_study LIMIT ?1)';

/** Studies that were stored before there were snapshots. ?1: the limit. */
const UNKNOWN = 'SELECT id FROM study WHERE id > (SELECT study_id FROM snapshot_position) ORDER BY id LIMIT ?1';

/** Adds studies that were stored before there were snapshots. ?1: the limit. */
export const ADD_UNKNOWN = [
  `INSERT INTO changed_study (study_instance_uid)
    SELECT study_instance_uid FROM study WHERE id IN (${UNKNOWN}) ON CONFLICT (study_instance_uid) DO NOTHING`,
  `UPDATE snapshot_position SET study_id = coalesce((SELECT max(id) FROM (${UNKNOWN})), 9223372036854775807)`,
  'DELETE FROM snapshot_position WHERE study_id = 9223372036854775807 AND ?1 > 0',
] as const;

/** ?1: JSON array of keys. ?2: the time. */
export const QUEUE_DELETION = `
INSERT INTO deletion (key, due_at) SELECT value, ?2 FROM json_each(?1) WHERE true ON CONFLICT (key) DO NOTHING`;

/** The rebuild that is under way, or the last one, as JSON. */
export const REBUILD = 'SELECT state FROM rebuild';
/** ?1: JSON. */
export const KEEP_REBUILD = `
INSERT INTO rebuild (id, state) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET state = excluded.state`;

/** Whether the index has neither studies nor removed instances. */
export const IS_EMPTY = 'SELECT NOT EXISTS (SELECT 1 FROM study) AND NOT EXISTS (SELECT 1 FROM removal) AS empty';

/** ?1: a study. It is as its snapshot. */
export const FORGET_CHANGED = 'DELETE FROM changed_study WHERE study_instance_uid = ?1';

/** The newest moment at which rows of the database were copied into the bucket, milliseconds since 1970. */
export const MOMENT = 'SELECT moment FROM index_moment';
/** ?1: now. */
export const NOTE_MOMENT = `
INSERT INTO index_moment (id, moment) VALUES (1, ?1)
ON CONFLICT (id) DO UPDATE SET moment = max(moment + 1, excluded.moment) RETURNING moment`;

/** ?1: a study. */
export const LAST_CHANGE = `
SELECT max(
  coalesce((SELECT updated_at FROM study WHERE study_instance_uid = ?1), 0),
  coalesce((SELECT max(removed_at) FROM removal WHERE study_instance_uid = ?1), 0)) AS time`;

/** ?1: a study. What a legal hold protects is put in again: the hold is the first row that goes, and the last that comes. */
export const CLEAR = (
  [
    'legal_hold',
    'further_sender',
    'series_sender',
    'instance',
    'metadata_segment',
    'request_attribute',
    'series',
    'study',
    'removal',
    'removed_series',
    'removed_study',
  ] as const
).map((table) => `DELETE FROM ${table} WHERE ${TABLES[table].ofStudy}`);

/** ?1: a study. ?2: how many. Each step looks up the next study in the index, past all removed instances of the one before. */
export const REMOVED_STUDIES_AFTER = `
WITH RECURSIVE found (uid) AS (
  SELECT min(study_instance_uid) FROM removal WHERE study_instance_uid > ?1
  UNION ALL
  SELECT (SELECT min(study_instance_uid) FROM removal WHERE study_instance_uid > found.uid)
  FROM found WHERE found.uid IS NOT NULL
  LIMIT ?2)
SELECT uid FROM found WHERE uid IS NOT NULL`;

/** ?1: JSON array of studies. */
export const NOTE_CHANGED = noteChanged('true');
/** ?1: JSON array of studies. Those of which there are no rows stay away. */
export const NOTE_MISSING = noteChanged(
  ['study', 'removal'].map((table) => `EXISTS (SELECT 1 FROM ${table} WHERE study_instance_uid = value)`).join(' OR '),
);

function noteChanged(condition: string): string {
  return `
INSERT INTO changed_study (study_instance_uid) SELECT value FROM json_each(?1) WHERE ${condition}
ON CONFLICT (study_instance_uid) DO UPDATE SET taken_at = NULL`;
}

/** ?1: JSON array of studies. Until all studies of before the snapshots are noted, each may be one of these. */
export const WAITING = `
SELECT value AS uid FROM json_each(?1)
WHERE EXISTS (SELECT 1 FROM changed_study WHERE study_instance_uid = value) OR EXISTS (SELECT 1 FROM snapshot_position)`;

/** ?1: a study. Its values of configured search attributes are not in a snapshot: its series are indexed again. */
export const INDEX_AGAIN = `
INSERT INTO series_to_index (series_id)
SELECT id FROM series WHERE study_id = ${THE_STUDY} AND EXISTS (SELECT 1 FROM search_attribute)
ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL`;
