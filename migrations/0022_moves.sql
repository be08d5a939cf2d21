-- Studies that move from one of an archive's databases to another: docs/decisions.md, "Studies move". Every database has these
-- tables; where an archive has one database, they are empty.

-- In the first database: the studies on their way. A study counts in its source until its state is moved, and in its target from
-- then on. Its rows may be in both.
CREATE TABLE study_move (
  study_instance_uid TEXT PRIMARY KEY,
  move TEXT NOT NULL,                               -- random: names this try
  source INTEGER NOT NULL,                          -- number of the database
  target INTEGER NOT NULL,
  state TEXT NOT NULL,                              -- claimed, copying, then moved or cancelled
  since INTEGER NOT NULL                            -- when it came into this state
) WITHOUT ROWID;

-- In the first database: what an administrator has ordered to be moved. One row.
CREATE TABLE move_order (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  wanted TEXT NOT NULL,                             -- JSON: MoveOrder of src/archive/moves/moves.ts
  position INTEGER NOT NULL DEFAULT 0,              -- the last row of the source, or how many named studies, that were claimed
  remaining INTEGER NOT NULL,                       -- studies that may still be claimed
  moved INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  finished_at INTEGER
);

-- When a study last came into a database. Until an hour later, pages of searches may have to know of it.
ALTER TABLE database_dates ADD COLUMN moved_in_at INTEGER NOT NULL DEFAULT 0;

-- Studies that this database refuses to change: they leave it, have left it, or arrive and do not count here yet.
CREATE TABLE study_fence (
  study_instance_uid TEXT PRIMARY KEY,
  move TEXT NOT NULL,                               -- as in study_move
  is_open INTEGER NOT NULL DEFAULT 0                -- 1 within the transaction that copies or deletes the rows
) WITHOUT ROWID;

-- Studies that have come into this database, and the row numbers before those that they got.
CREATE TABLE moved_in (
  study_instance_uid TEXT PRIMARY KEY,
  move TEXT NOT NULL,                               -- as in study_move
  moved_at INTEGER NOT NULL,
  study_base INTEGER NOT NULL,
  series_base INTEGER NOT NULL,
  metadata_segment_base INTEGER NOT NULL,
  instance_base INTEGER NOT NULL,
  removed_study_base INTEGER NOT NULL,
  removal_base INTEGER NOT NULL,
  instance_ids TEXT NOT NULL                        -- JSON: the numbers that its instances had, in order
) WITHOUT ROWID;

-- A study that arrives in the first database still has a place elsewhere.
DROP TRIGGER study_elsewhere;
CREATE TRIGGER study_elsewhere BEFORE INSERT ON study
WHEN EXISTS (SELECT 1 FROM study_place WHERE study_instance_uid = NEW.study_instance_uid AND database <> 1)
  AND NOT EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = NEW.study_instance_uid AND is_open = 1) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;

-- Whatever changes a study changes one of these rows. Most changes of removed instances and of instances come with one of
-- their study or of a segment.
CREATE TRIGGER fenced_study_inserted BEFORE INSERT ON study
WHEN EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = NEW.study_instance_uid AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_study_updated BEFORE UPDATE ON study
WHEN EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = OLD.study_instance_uid AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_study_deleted BEFORE DELETE ON study
WHEN EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = OLD.study_instance_uid AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_removal_inserted BEFORE INSERT ON removal
WHEN NEW.reason IN ('kept', 'aside', 'aside too') AND EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = NEW.study_instance_uid AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_removal_deleted BEFORE DELETE ON removal
WHEN OLD.claimed_at IS NOT NULL AND EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = OLD.study_instance_uid AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_hold_inserted BEFORE INSERT ON legal_hold
WHEN EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = NEW.study_instance_uid AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_hold_updated BEFORE UPDATE ON legal_hold
WHEN EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = OLD.study_instance_uid AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_hold_deleted BEFORE DELETE ON legal_hold
WHEN EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = OLD.study_instance_uid AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
-- The first condition keeps the cost where nothing was moved.
CREATE TRIGGER fenced_instance_updated BEFORE UPDATE OF version, layout, sender ON instance
WHEN EXISTS (SELECT 1 FROM study_fence) AND EXISTS (
  SELECT 1 FROM series JOIN study ON study.id = series.study_id
    JOIN study_fence ON study_fence.study_instance_uid = study.study_instance_uid
  WHERE series.id = OLD.series_id AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_sender_inserted BEFORE INSERT ON series_sender
WHEN EXISTS (SELECT 1 FROM study_fence) AND EXISTS (
  SELECT 1 FROM series JOIN study ON study.id = series.study_id
    JOIN study_fence ON study_fence.study_instance_uid = study.study_instance_uid
  WHERE series.id = NEW.series_id AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_further_sender_inserted BEFORE INSERT ON further_sender
WHEN EXISTS (SELECT 1 FROM study_fence) AND EXISTS (
  SELECT 1 FROM series JOIN study ON study.id = series.study_id
    JOIN study_fence ON study_fence.study_instance_uid = study.study_instance_uid
  WHERE series.id = NEW.series_id AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_segment_inserted BEFORE INSERT ON metadata_segment
WHEN EXISTS (SELECT 1 FROM study_fence) AND NEW.id IS NOT 0 AND EXISTS (
  SELECT 1 FROM series JOIN study ON study.id = series.study_id
    JOIN study_fence ON study_fence.study_instance_uid = study.study_instance_uid
  WHERE series.id = NEW.series_id AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
CREATE TRIGGER fenced_segment_updated BEFORE UPDATE ON metadata_segment
WHEN EXISTS (SELECT 1 FROM study_fence) AND OLD.id <> 0 AND EXISTS (
  SELECT 1 FROM series JOIN study ON study.id = series.study_id
    JOIN study_fence ON study_fence.study_instance_uid = study.study_instance_uid
  WHERE series.id = OLD.series_id AND is_open = 0) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;
-- The sweeper changes rows of many studies by one statement. It leaves out these, and comes back to them.
CREATE TRIGGER fenced_segment_deleted BEFORE DELETE ON metadata_segment
WHEN EXISTS (SELECT 1 FROM study_fence) AND OLD.id <> 0 AND EXISTS (
  SELECT 1 FROM series JOIN study ON study.id = series.study_id
    JOIN study_fence ON study_fence.study_instance_uid = study.study_instance_uid
  WHERE series.id = OLD.series_id AND is_open = 0) BEGIN
  SELECT raise(IGNORE);
END;
CREATE TRIGGER fenced_removal_updated BEFORE UPDATE OF purge_at, claimed_at, reason ON removal
WHEN EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = OLD.study_instance_uid AND is_open = 0) BEGIN
  SELECT raise(IGNORE);
END;
