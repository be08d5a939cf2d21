import type { InstanceRecord } from '../../../archive/commit-group';
import { PART_ENTRIES } from '../../../archive/metadata/compaction-tiers';
import { DIGEST, digestIn, LAYOUT, SOP_CLASS_UID, shortForm, TRANSFER_SYNTAX_UID } from '../../instance-form';
import { type Fragment, fragment } from '../../statements/sql-fragment';
import { HAS_PARTS, SEGMENT_PLACE } from './segment-sql';

/** The columns of an instance that its record fills, each with the field of the record. */
const INSTANCE_COLUMNS: Readonly<Record<string, keyof InstanceRecord>> = {
  sop_instance_uid: 'sopInstanceUID',
  sop_class_uid: 'sopClassUID',
  instance_number: 'instanceNumber',
  number_of_rows: 'rows',
  number_of_columns: 'columns',
  bits_allocated: 'bitsAllocated',
  number_of_frames: 'numberOfFrames',
  transfer_syntax_uid: 'transferSyntaxUID',
  version: 'version',
  byte_length: 'byteLength',
  digest: 'digest',
  crc32: 'crc32',
  layout: 'layout',
  metadata_offset: 'offset',
  metadata_length: 'length',
  metadata_start: 'start',
  metadata_end: 'end',
  sender: 'sender',
};

const NAMES = Object.keys(INSTANCE_COLUMNS);

/** What a record `j.value` puts into these columns. */
const OF_RECORD = NAMES.map((column) => shortForm(column, `j.value ->> '${INSTANCE_COLUMNS[column]}'`)).join(', ');

/** The rows of study and series that a record `j.value` names; both must exist. */
export const JOIN_NAMED_SERIES = `
  CROSS JOIN study ON study.study_instance_uid = j.value ->> 'studyInstanceUID'
  CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'`;
/** The same, and the row of the instance, which must exist too. */
export const JOIN_NAMED_INSTANCE = `${JOIN_NAMED_SERIES}
  CROSS JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = j.value ->> 'sopInstanceUID'`;

/** The records of `?` for which the index does not have a file with the same data set: a table with a column `value`. */
export const OTHER_DATA_SETS = `(SELECT j.value FROM json_each(?) AS j
  LEFT JOIN study ON study.study_instance_uid = j.value ->> 'studyInstanceUID'
  LEFT JOIN series ON series.study_id = study.id AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'
  LEFT JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = j.value ->> 'sopInstanceUID'
  WHERE coalesce(${DIGEST} <> j.value ->> 'sameAs', true))`;

/** The values that a record has in place of what the column holds. */
const IN_RECORD: Readonly<Record<string, string>> = {
  sop_class_uid: SOP_CLASS_UID,
  transfer_syntax_uid: TRANSFER_SYNTAX_UID,
  digest: DIGEST,
  layout: `json(${LAYOUT})`,
  ...SEGMENT_PLACE,
};

/**
 * A row of study, series, instance and JOIN_SEGMENT as the JSON of an InstanceRecord, with the fields that restore the row of
 * its segment.
 */
export const INSTANCE_RECORD = `json_object(
  'studyInstanceUID', study.study_instance_uid, 'seriesInstanceUID', series.series_instance_uid,
  ${NAMES.map((column) => `'${INSTANCE_COLUMNS[column]}', ${IN_RECORD[column] ?? `instance.${column}`}`).join(', ')},
  'segment', metadata_segment.name, 'segmentByteLength', metadata_segment.byte_length,
  'segmentEntryCount', metadata_segment.entry_count, 'segmentContent', metadata_segment.content,
  'createdAt', instance.created_at)`;

/** Instances of other segments are merged one by one, and are found by the segment: see 0011_rows.sql. */
const MOVES_AS_A_WHOLE = `metadata_segment.entry_count >= ${PART_ENTRIES} AND NOT ${HAS_PARTS}`;

/** What happens to an instance whose UIDs are known: it stays as it is, or other bytes replace it. */
export type OnKnown = 'stays' | 'is replaced';

/**
 * Inserts instances. Returns the versions that count from now on. An instance that is restored keeps the time at which it was
 * stored, so that it has its place among the others again.
 * @param records SQL of a table whose column `value` holds records
 */
export function insertInstances(records: Fragment, known: OnKnown, now: number): Fragment {
  return fragment(
    `INSERT INTO instance (series_id, ${NAMES.join(', ')}, metadata_segment_id, segment_id, created_at)
    SELECT series.id, ${OF_RECORD},
      iif(${MOVES_AS_A_WHOLE}, 0, metadata_segment.id), iif(${MOVES_AS_A_WHOLE}, metadata_segment.id, NULL),
      coalesce(j.value ->> 'createdAt', ?)
    FROM ${records.sql} AS j ${JOIN_NAMED_SERIES}
      CROSS JOIN metadata_segment ON metadata_segment.name = j.value ->> 'segment'
    WHERE true
    ON CONFLICT (series_id, sop_instance_uid) DO ${known === 'stays' ? STAY : REPLACE}
    RETURNING version`,
    now,
    ...records.parameters,
  );
}

/** Nothing is replaced in a study under legal hold. */
const SERIES_NOT_HELD = `NOT EXISTS (
    SELECT 1 FROM legal_hold
      CROSS JOIN main.study AS held ON held.study_instance_uid = legal_hold.study_instance_uid
      CROSS JOIN main.series AS of_held ON of_held.study_id = held.id
    WHERE of_held.id = excluded.series_id)`;

/** A batch that runs twice returns the same both times. */
const STAY = 'UPDATE SET version = excluded.version WHERE instance.version = excluded.version';

/** The same bytes again change nothing. A batch that runs twice returns the same both times. */
const REPLACE = `UPDATE SET
  ${[...NAMES.slice(1), 'metadata_segment_id', 'segment_id'].map((column) => `${column} = excluded.${column}`).join(', ')}
  WHERE (${DIGEST} <> ${digestIn('excluded.digest')} AND ${SERIES_NOT_HELD}) OR instance.version = excluded.version`;
