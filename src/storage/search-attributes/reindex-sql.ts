import type { Advance, Position, SeriesToIndex } from '../../archive/search-attributes/search-attribute-index';
import { JOIN_SEGMENT, SEGMENT_PLACE_COLUMNS } from '../commit/sql/segment-sql';
import { type Fragment, fragment } from '../statements/sql-fragment';

/** The statements of the re-index job: src/archive/search-attributes/reindex.ts. */

/** How far each attribute is indexed. */
export const ATTRIBUTE_STATES = `
SELECT name, series_id AS seriesRow, sop_instance_uid AS sopInstanceUID, series_done AS seriesDone,
  series_total AS seriesTotal, updated_at AS updatedAt, completed_at IS NOT NULL AS complete
FROM search_attribute`;

/** The number of series that have to be indexed again, at most 1000. */
export const COUNT_WAITING = 'SELECT count(*) AS waiting FROM (SELECT 1 FROM series_to_index LIMIT 1000)';

/** The last series whose columns are filled. */
export const DESCRIBED_TO = 'SELECT series_id AS describedTo FROM description_position';

/** ?1: the last series that is done. */
export const KEEP_DESCRIBED_TO = 'UPDATE description_position SET series_id = max(series_id, ?1)';

/** Records that the columns of every series are filled. */
export const ALL_DESCRIBED = 'DELETE FROM description_position';

/** ?1: names. ?2: now. Returns the new ones. */
export const ADD_ATTRIBUTES = `
INSERT INTO search_attribute (name, series_total, created_at, updated_at)
SELECT value, (SELECT count(*) FROM series), ?2, ?2 FROM json_each(?1) WHERE true
ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at WHERE search_attribute.created_at = excluded.created_at
RETURNING id`;

/** ?1: names. */
export const KEEP_ONLY = `
UPDATE search_attribute SET name = NULL WHERE name IS NOT NULL AND name NOT IN (SELECT value FROM json_each(?1))`;

/** ?1: the limit. */
export const DELETE_VALUES_GIVEN_UP = `
DELETE FROM attribute_value WHERE (search_attribute_id, value, study_id, series_id, instance_id, item) IN (
  SELECT search_attribute_id, value, study_id, attribute_value.series_id, instance_id, item
  FROM search_attribute CROSS JOIN attribute_value ON attribute_value.search_attribute_id = search_attribute.id
  WHERE name IS NULL LIMIT ?1)`;

/** Returns the number of attributes that still have values. */
export const DELETE_ATTRIBUTES_GIVEN_UP = `
DELETE FROM search_attribute WHERE name IS NULL
  AND NOT EXISTS (SELECT 1 FROM attribute_value WHERE attribute_value.search_attribute_id = search_attribute.id)`;

/** The number of attributes that were given up and still have values. */
export const COUNT_GIVEN_UP = 'SELECT count(*) AS remaining FROM search_attribute WHERE name IS NULL';

const SERIES_COLUMNS = `series.id AS row, study_instance_uid AS studyInstanceUID,
  series_instance_uid AS seriesInstanceUID, number_of_series_related_instances AS instances,
  study.attributes AS studyAttributes, series.attributes AS seriesAttributes`;

/** Series in the order of their rows, beginning with the first one that is not done. */
export function seriesAfter({ seriesRow, sopInstanceUID }: Position, limit: number): Fragment {
  return fragment(
    `SELECT ${SERIES_COLUMNS}, CASE series.id WHEN ?1 THEN ?2 END AS after
    FROM series CROSS JOIN study ON study.id = series.study_id
    WHERE series.id >= ?1 + (?2 IS NULL) ORDER BY series.id LIMIT ?3`,
    seriesRow,
    sopInstanceUID,
    limit,
  );
}

/** ?1: the limit. */
export const MARKED_SERIES = `
SELECT ${SERIES_COLUMNS}, sop_instance_uid AS after, marks
FROM series_to_index CROSS JOIN series ON series.id = series_to_index.series_id
  CROSS JOIN study ON study.id = series.study_id
ORDER BY series_to_index.series_id LIMIT ?1`;

const INSTANCE_COLUMNS = `sop_instance_uid, version, metadata_segment.name AS segment, metadata_segment.content, ${SEGMENT_PLACE_COLUMNS}`;

/** Instances of one series, in the order of its index. */
export function instancesOfOne({ row, after }: SeriesToIndex, limit: number): Fragment {
  return fragment(
    `SELECT instance.series_id, ${INSTANCE_COLUMNS} FROM instance ${JOIN_SEGMENT}
    WHERE instance.series_id = ?1 AND sop_instance_uid > ?2 ORDER BY sop_instance_uid LIMIT ?3`,
    row,
    after ?? '',
    limit,
  );
}

/** All instances of some series; of a series that is partly done, the remaining ones. */
export function instancesOfAll(series: readonly SeriesToIndex[]): Fragment {
  return fragment(
    `SELECT instance.series_id, ${INSTANCE_COLUMNS} FROM json_each(?1) AS j
      CROSS JOIN instance ON instance.series_id = j.value ->> 0 AND sop_instance_uid > j.value ->> 1 ${JOIN_SEGMENT}`,
    JSON.stringify(series.map(({ row, after }) => [row, after ?? ''])),
  );
}

/** Sorts after every UID: the series is done. */
const PLACE = 'coalesce(sop_instance_uid, char(1114111))';

/** Moves the position of the attributes that have not passed it yet. */
export function advance({ names, from, to, seriesDone, now }: Advance): Fragment {
  return fragment(
    `UPDATE search_attribute SET series_id = ?3, sop_instance_uid = ?4, series_done = ?5, updated_at = ?6
    WHERE completed_at IS NULL AND name IN (SELECT value FROM json_each(?7))
      AND (series_id, ${PLACE}) >= (?1, coalesce(?2, char(1114111)))
      AND (series_id, ${PLACE}) <= (?3, coalesce(?4, char(1114111)))`,
    from.seriesRow,
    from.sopInstanceUID,
    to.seriesRow,
    to.sopInstanceUID,
    seriesDone,
    now,
    JSON.stringify(names),
  );
}

/** Marks attributes as complete that have reached this position. */
export function complete({ seriesRow, sopInstanceUID }: Position, now: number): Fragment {
  return fragment(
    `UPDATE search_attribute SET completed_at = ?3, updated_at = ?3, series_total = series_done
    WHERE completed_at IS NULL AND name IS NOT NULL
      AND (series_id, ${PLACE}) >= (?1, coalesce(?2, char(1114111)))`,
    seriesRow,
    sopInstanceUID,
    now,
  );
}

/** Deletes marks that have not grown since they were read. */
export function deleteMarks(series: readonly SeriesToIndex[]): Fragment {
  return fragment(
    `DELETE FROM series_to_index WHERE (series_id, marks) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))`,
    JSON.stringify(series.map(({ row, marks }) => [row, marks])),
  );
}

/** Keeps how far indexing of a marked series is. */
export function keepPlaceOfMark({ row, marks }: SeriesToIndex, sopInstanceUID: string): Fragment {
  return fragment(
    'UPDATE series_to_index SET sop_instance_uid = ?3 WHERE series_id = ?1 AND marks = ?2',
    row,
    marks ?? 0,
    sopInstanceUID,
  );
}

/** ?1: now. Records that indexing makes progress. */
export const TOUCH_ATTRIBUTES = 'UPDATE search_attribute SET updated_at = ?1 WHERE name IS NOT NULL';
