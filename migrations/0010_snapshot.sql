-- Snapshots: the rows of each study are copied into the bucket, so that the index can be rebuilt from it (src/archive/snapshot/).

-- Studies that have changed since their last snapshot. Triggers add them; deleted studies too.
CREATE TABLE changed_study (
  study_instance_uid TEXT PRIMARY KEY,
  taken_at INTEGER                                  -- a snapshot is being made since then; NULL: not, or it has changed since
) WITHOUT ROWID;

CREATE TRIGGER changed_study_inserted AFTER INSERT ON study BEGIN
  INSERT INTO changed_study (study_instance_uid) VALUES (NEW.study_instance_uid)
  ON CONFLICT (study_instance_uid) DO UPDATE SET taken_at = NULL WHERE taken_at IS NOT NULL;
END;
CREATE TRIGGER changed_study_updated AFTER UPDATE ON study BEGIN
  INSERT INTO changed_study (study_instance_uid) VALUES (NEW.study_instance_uid)
  ON CONFLICT (study_instance_uid) DO UPDATE SET taken_at = NULL WHERE taken_at IS NOT NULL;
END;
CREATE TRIGGER changed_study_deleted AFTER DELETE ON study BEGIN
  INSERT INTO changed_study (study_instance_uid) VALUES (OLD.study_instance_uid)
  ON CONFLICT (study_instance_uid) DO UPDATE SET taken_at = NULL WHERE taken_at IS NOT NULL;
END;
-- Merged metadata, which changes the rows of instances.
CREATE TRIGGER changed_study_merged AFTER INSERT ON metadata_segment BEGIN
  INSERT INTO changed_study (study_instance_uid)
  SELECT study_instance_uid FROM series JOIN study ON study.id = series.study_id WHERE series.id = NEW.series_id
  ON CONFLICT (study_instance_uid) DO UPDATE SET taken_at = NULL WHERE taken_at IS NOT NULL;
END;
-- Instances that were put or kept aside change no study.
CREATE TRIGGER changed_study_removed AFTER INSERT ON removal BEGIN
  INSERT INTO changed_study (study_instance_uid) VALUES (NEW.study_instance_uid)
  ON CONFLICT (study_instance_uid) DO UPDATE SET taken_at = NULL WHERE taken_at IS NOT NULL;
END;
CREATE TRIGGER changed_study_purged AFTER DELETE ON removal BEGIN
  INSERT INTO changed_study (study_instance_uid) VALUES (OLD.study_instance_uid)
  ON CONFLICT (study_instance_uid) DO UPDATE SET taken_at = NULL WHERE taken_at IS NOT NULL;
END;

-- Studies that were stored before this migration have no snapshot: the hourly run adds them to changed_study, some at a time.
-- The last study that was added; no row: all are.
CREATE TABLE snapshot_position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  study_id INTEGER NOT NULL
);
INSERT INTO snapshot_position SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM study);

-- How far the index has been rebuilt from the bucket. One row; none: it was never rebuilt.
CREATE TABLE rebuild (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  state TEXT NOT NULL                               -- JSON: Rebuild of src/archive/snapshot/rebuild.ts
);
