/** The statements of the directory, in the first of an archive's databases. */

/** The study dates that a database may have: YYYYMMDD. */
export interface DatesOfDatabase {
  readonly number: number;
  readonly oldest: string;
  /** Empty while no study has a date. */
  readonly newest: string;
}

/**
 * ?1: [studyInstanceUID]. The database of each, where the directory says it, or the first database has the study.
 */
export const FIND = `
SELECT j.value AS uid, coalesce(place.database, 1) AS number,
  EXISTS (SELECT 1 FROM study_move WHERE study_move.study_instance_uid = j.value) AS isMoving
FROM json_each(?1) AS j LEFT JOIN study_place AS place ON place.study_instance_uid = j.value
WHERE place.database IS NOT NULL OR EXISTS (SELECT 1 FROM study WHERE study.study_instance_uid = j.value)`;

/**
 * ?1: [studyInstanceUID]. ?2: a database. Gives it the studies that have no place: the first database has a place for those
 * that it knows, deleted ones too, and for those that are to be moved from there: elsewhere, they would not count.
 */
export const CLAIM = `
INSERT INTO study_place (study_instance_uid, database)
SELECT j.value, ?2 FROM json_each(?1) AS j
WHERE NOT EXISTS (SELECT 1 FROM study WHERE study.study_instance_uid = j.value)
  AND NOT EXISTS (SELECT 1 FROM removal WHERE removal.study_instance_uid = j.value)
  AND NOT EXISTS (SELECT 1 FROM study_move WHERE study_move.study_instance_uid = j.value)
ON CONFLICT (study_instance_uid) DO NOTHING`;

/** ?1: a database. ?2, ?3: its oldest and its newest date. */
export const WIDEN = `
INSERT INTO database_dates (database, oldest, newest) VALUES (?1, ?2, ?3)
ON CONFLICT (database) DO UPDATE SET oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)
WHERE excluded.oldest < oldest OR excluded.newest > newest`;

/** ?1: a database, of which all dates have been noted from this time on. ?2: now. */
export const KNOW_DATES = `UPDATE database_dates SET known_at = ?2 WHERE database = ?1 AND known_at IS NULL`;

/** ?1: a time: dates that are known since then, or before, count. */
export const DATES = `
SELECT database AS number, oldest, newest, coalesce(known_at <= ?1, 0) AS isKnown, moved_in_at AS movedInAt FROM database_dates`;

/** The studies on their way from one database to another. Each has rows that do not count, or will have, in one of the two. */
export const MOVES = `
SELECT study_instance_uid AS uid, iif(state = 'moved', source, target) AS number FROM study_move`;

/** The oldest and the newest date of a database. Asked of each database. */
export const OWN_DATES = `
SELECT min(study_date) AS oldest, max(study_date) AS newest FROM study WHERE study_date > ''`;

/** The studies that were stored last. Asked of each database. ?1: how many. */
export const LAST_STUDIES = 'SELECT study_instance_uid AS uid FROM study ORDER BY id DESC LIMIT ?1';

/** Keeps the number of databases, in the first one. ?1: how many there are. */
export const KEEP_COUNT = 'UPDATE archive_identity SET databases = ?1 WHERE databases < ?1';
