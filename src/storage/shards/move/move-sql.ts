/* The statements of moves between databases: migrations/0022_moves.sql. */
import { REMOVAL_NOT_HELD } from '../../remove/d1-holds';

/** Begins an order, in the first database. ?1: JSON of the order. ?2: how many studies. ?3: now. */
export const BEGIN = `
INSERT INTO move_order (id, wanted, remaining, started_at) VALUES (1, ?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE SET wanted = excluded.wanted, position = 0, remaining = excluded.remaining, moved = 0, skipped = 0,
  started_at = excluded.started_at, finished_at = NULL
WHERE finished_at IS NOT NULL RETURNING 1`;

/** Stops an order: no further study is begun. */
export const STOP = 'UPDATE move_order SET remaining = 0';

/** How far the order is. */
export const PROGRESS = `
SELECT wanted, position, remaining, moved, skipped, started_at AS startedAt, finished_at AS finishedAt FROM move_order`;

/** ?1: now. */
export const FINISH = `
UPDATE move_order SET finished_at = ?1
WHERE finished_at IS NULL AND remaining = 0 AND NOT EXISTS (SELECT 1 FROM study_move)`;

/** The studies on their way. There are few. */
export const UNDER_WAY = `
SELECT study_instance_uid AS studyInstanceUID, move, source, target, state, since FROM study_move`;

/** ?1: a study. */
export const ITS_MOVE = `${UNDER_WAY} WHERE study_instance_uid = ?1`;

/** Studies that may move, in the order of their arrival, in the source. ?1: the row before. ?2: limit. ?3: a time. */
export const CANDIDATES = `
SELECT id, study_instance_uid AS studyInstanceUID, updated_at <= ?3 AS isUnchanged FROM study
WHERE id > ?1 AND NOT EXISTS (SELECT 1 FROM study_fence WHERE study_fence.study_instance_uid = study.study_instance_uid)
ORDER BY id LIMIT ?2`;

/** ?1: [studyInstanceUID]. ?2: source. ?3: target. ?4: now. ?5: the position before, so that a second try claims nothing. */
export const CLAIM = `
INSERT INTO study_move (study_instance_uid, move, source, target, state, since)
SELECT j.value, lower(hex(randomblob(8))), ?2, ?3, 'claimed', ?4 FROM json_each(?1) AS j
WHERE coalesce((SELECT database FROM study_place WHERE study_place.study_instance_uid = j.value), 1) = ?2
  AND EXISTS (SELECT 1 FROM move_order WHERE position = ?5 AND finished_at IS NULL)
ON CONFLICT (study_instance_uid) DO NOTHING`;

/** ?1: the position before. ?2: the new one. ?3: claimed. ?4: skipped. ?5: whether there are no further studies. */
export const ADVANCE = `
UPDATE move_order SET position = ?2, remaining = iif(?5, 0, max(remaining - ?3, 0)), skipped = skipped + ?4
WHERE position = ?1 AND finished_at IS NULL`;

/** ?1: a study. ?2: the move. ?3: now. */
export const BEGIN_COPY = `
UPDATE study_move SET state = 'copying', since = ?3
WHERE study_instance_uid = ?1 AND move = ?2 AND state IN ('claimed', 'copying') RETURNING 1`;

/** Cancels a move that is not copied yet. ?1: a study. ?2: the move. ?3: now. */
export const CANCEL = `
UPDATE study_move SET state = 'cancelled', since = ?3
WHERE study_instance_uid = ?1 AND move = ?2 AND state IN ('claimed', 'copying')`;

/** One transaction: from then on the study counts in its target. ?1: a study. ?2: the move. ?3: now. */
export const SWITCH = [
  `UPDATE study_move SET state = 'moved', since = ?3 WHERE study_instance_uid = ?1 AND move = ?2 AND state = 'copying'`,
  `INSERT INTO study_place (study_instance_uid, database)
  SELECT study_instance_uid, target FROM study_move WHERE study_instance_uid = ?1 AND move = ?2 AND state = 'moved' AND ?3 > 0
  ON CONFLICT (study_instance_uid) DO UPDATE SET database = excluded.database`,
  `INSERT INTO database_dates (database, oldest, newest, moved_in_at)
  SELECT target, '99999999', '', ?3 FROM study_move WHERE study_instance_uid = ?1 AND move = ?2 AND state = 'moved'
  ON CONFLICT (database) DO UPDATE SET moved_in_at = max(moved_in_at, excluded.moved_in_at)`,
];

/** ?1: a study. ?2: the move. The study is counted once. */
export const END = [
  `UPDATE move_order SET moved = moved + (state = 'moved'), skipped = skipped + (state <> 'moved')
  FROM study_move WHERE study_instance_uid = ?1 AND move = ?2`,
  'DELETE FROM study_move WHERE study_instance_uid = ?1 AND move = ?2',
];

/**
 * In the source. ?1: a study. ?2: the move. ?3: a time. Fences the study: from then on, no request can change it. The
 * statement does nothing when the study has changed since ?3, while removed instances of it are purged, or when
 * background work still has to change its rows.
 */
export const FENCE = `
INSERT INTO study_fence (study_instance_uid, move) SELECT ?1, ?2
WHERE NOT EXISTS (SELECT 1 FROM study WHERE study_instance_uid = ?1 AND updated_at > ?3)
  AND NOT EXISTS (
    SELECT 1 FROM removal WHERE study_instance_uid = ?1 AND (removed_at > ?3 OR claimed_at IS NOT NULL))
  AND NOT EXISTS (
    SELECT 1 FROM series JOIN series_to_index ON series_to_index.series_id = series.id
    WHERE series.study_id = (SELECT id FROM study WHERE study_instance_uid = ?1))
ON CONFLICT (study_instance_uid) DO UPDATE SET move = excluded.move, is_open = 0 RETURNING 1`;

/** Whether work in the background still fills rows of the whole database. */
export const IS_UNFINISHED = `
SELECT 1 AS unfinished WHERE EXISTS (SELECT 1 FROM search_attribute WHERE completed_at IS NULL)
  OR EXISTS (SELECT 1 FROM description_position)`;

/** The names of the configured search attributes. */
export const ATTRIBUTES = 'SELECT name FROM search_attribute WHERE name IS NOT NULL ORDER BY name';

/** ?1: a study. */
export const FENCE_OF = 'SELECT move FROM study_fence WHERE study_instance_uid = ?1';
/** ?1: a study. ?2: the move. */
export const LIFT = 'DELETE FROM study_fence WHERE study_instance_uid = ?1 AND move = ?2';

/** ?1: a study. How many rows of the tables that may be large it has. */
export const SIZE = `
SELECT coalesce((SELECT number_of_study_related_instances FROM study WHERE study_instance_uid = ?1), 0)
  + (SELECT count(*) FROM removal WHERE study_instance_uid = ?1)
  + (SELECT count(*) FROM attribute_value WHERE study_id = (SELECT id FROM study WHERE study_instance_uid = ?1)) AS rows`;

/** ?1: a study. */
export const VALUES = `
SELECT name, value, attribute_value.series_id AS seriesRow, instance_id AS instanceRow, item
FROM attribute_value JOIN search_attribute ON search_attribute.id = search_attribute_id AND name IS NOT NULL
WHERE study_id = (SELECT id FROM study WHERE study_instance_uid = ?1)
ORDER BY name, attribute_value.series_id, instance_id, item`;

const base = (table: string) => `coalesce((SELECT max(id) FROM ${table}), 0)`;

/**
 * In the target, in the transaction that inserts the rows. ?1: a study. ?2: the move. ?3: now. ?4: JSON of the numbers of its
 * instances. The first statement opens the fence; a second try fails at the next one.
 */
export const ARRIVE = [
  `INSERT INTO study_fence (study_instance_uid, move, is_open) VALUES (?1, ?2, 1)
  ON CONFLICT (study_instance_uid) DO UPDATE SET move = excluded.move, is_open = 1`,
  'DELETE FROM moved_in WHERE study_instance_uid = ?1 AND move <> ?2',
] as const;

/** Notes which ids the rows of a study have in its target. ?1: a study. ?2: the move. ?3: now. ?4: ids of its instances. */
export const NOTE_ARRIVAL = `
INSERT INTO moved_in (study_instance_uid, move, moved_at, study_base, series_base, metadata_segment_base, instance_base,
  removed_study_base, removal_base, instance_ids)
SELECT ?1, ?2, ?3, ${base('study')}, ${base('series')}, ${base('metadata_segment')}, ${base('instance')},
  max(${base('removed_study')}, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'removed_study'), 0)), ${base('removal')}, ?4`;

/** Closes, or opens, the fence around a study. ?1: a study. ?2: the move. */
export const CLOSE = 'UPDATE study_fence SET is_open = 0 WHERE study_instance_uid = ?1 AND move = ?2';
export const OPEN = 'UPDATE study_fence SET is_open = 1 WHERE study_instance_uid = ?1 AND move = ?2';

/** ?1: a study. */
export const ARRIVAL = 'SELECT move, moved_at AS movedAt FROM moved_in WHERE study_instance_uid = ?1';
/** ?1: a study. ?2: the move. */
export const FORGET_ARRIVAL = 'DELETE FROM moved_in WHERE study_instance_uid = ?1 AND move = ?2';

/** ?1: a study. ?2: the number of one of its instances in the database that it left. The number of this instance now. */
export const NEW_NUMBER = `
SELECT instance_base + (SELECT count(*) FROM json_each(instance_ids) WHERE value <= ?2) AS row
FROM moved_in WHERE study_instance_uid = ?1`;

const IS_DUE = `purge_at <= ?2 AND ${REMOVAL_NOT_HELD}`;

/** ?1: [studyInstanceUID] that do not count in this database. What it holds of them. ?2: now. */
export const NOT_COUNTED = `
SELECT studies.*, removals.* FROM (
  SELECT count(*) AS studies, coalesce(sum(number_of_study_related_series), 0) AS series,
    coalesce(sum(number_of_study_related_instances), 0) AS instances, coalesce(sum(total_byte_length), 0) AS bytes
  FROM study WHERE study_instance_uid IN (SELECT value FROM json_each(?1))) AS studies,
(SELECT count(*) AS removedInstances, coalesce(sum(byte_length), 0) AS removedBytes,
    count(*) FILTER (WHERE ${IS_DUE}) AS reclaimableInstances,
    coalesce(sum(byte_length) FILTER (WHERE ${IS_DUE}), 0) AS reclaimableBytes
  FROM removal WHERE study_instance_uid IN (SELECT value FROM json_each(?1))) AS removals`;

/** ?1: [studyInstanceUID]. Those of them that leave this database, or have left it. */
export const LEFT_AMONG = `
SELECT study_instance_uid AS uid FROM study_fence WHERE study_instance_uid IN (SELECT value FROM json_each(?1))`;
/** ?1: [studyInstanceUID]. Those of them that are here, or were when they were last deleted. */
export const ARRIVED_AMONG = `
SELECT study_instance_uid AS uid FROM moved_in WHERE study_instance_uid IN (SELECT value FROM json_each(?1))
UNION SELECT study_instance_uid FROM study WHERE study_instance_uid IN (SELECT value FROM json_each(?1))
UNION SELECT study_instance_uid FROM removal WHERE study_instance_uid IN (SELECT value FROM json_each(?1))`;
