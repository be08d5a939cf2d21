-- Backup, an index that was put back to an earlier moment, and studies that must not be deleted.

-- The newest moment at which rows were copied into the bucket, milliseconds since 1970. The bucket has it too, as the object
-- index-moment: when its moment is later, the index was put back (src/archive/snapshot/index-moment.ts). One row.
CREATE TABLE index_moment (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  moment INTEGER NOT NULL
);

-- Studies under legal hold: nothing of them can be deleted, replaced or purged.
CREATE TABLE legal_hold (
  study_instance_uid TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  held_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The last defence: a transaction that would remove something of such a study fails as a whole. The first condition keeps the
-- cost of deletions where no study is held.
CREATE TRIGGER held_instance_stays BEFORE DELETE ON instance
WHEN EXISTS (SELECT 1 FROM legal_hold) AND EXISTS (
  SELECT 1 FROM series JOIN study ON study.id = series.study_id
    JOIN legal_hold ON legal_hold.study_instance_uid = study.study_instance_uid
  WHERE series.id = OLD.series_id) BEGIN
  SELECT RAISE(ABORT, 'under legal hold');
END;
CREATE TRIGGER held_version_stays BEFORE UPDATE OF version ON instance
WHEN OLD.version <> NEW.version AND EXISTS (SELECT 1 FROM legal_hold) AND EXISTS (
  SELECT 1 FROM series JOIN study ON study.id = series.study_id
    JOIN legal_hold ON legal_hold.study_instance_uid = study.study_instance_uid
  WHERE series.id = OLD.series_id) BEGIN
  SELECT RAISE(ABORT, 'under legal hold');
END;

-- A snapshot of the study tells of its hold.
CREATE TRIGGER changed_study_held AFTER INSERT ON legal_hold BEGIN
  INSERT INTO changed_study (study_instance_uid) VALUES (NEW.study_instance_uid)
  ON CONFLICT (study_instance_uid) DO UPDATE SET taken_at = NULL WHERE taken_at IS NOT NULL;
END;
CREATE TRIGGER changed_study_released AFTER DELETE ON legal_hold BEGIN
  INSERT INTO changed_study (study_instance_uid) VALUES (OLD.study_instance_uid)
  ON CONFLICT (study_instance_uid) DO UPDATE SET taken_at = NULL WHERE taken_at IS NOT NULL;
END;

-- Rules of retention: how far the last look through the studies has come, and what it found. One row.
CREATE TABLE retention_look (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  state TEXT NOT NULL                               -- JSON: RetentionLook of src/archive/remove/retention-index.ts
);
