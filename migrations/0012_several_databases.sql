-- An archive in several databases: docs/decisions.md, "Beyond one database". Every database has these tables. Those of the first
-- one are in use; where an archive has one database, they are empty.

-- Which of the archive's databases this one is, from 1.
ALTER TABLE archive_identity ADD COLUMN number INTEGER NOT NULL DEFAULT 1;
-- In the first database: how many there are.
ALTER TABLE archive_identity ADD COLUMN databases INTEGER NOT NULL DEFAULT 1;

-- The database of each study that is not in the first one. The row is written before the study, and stays when the study is
-- deleted: what can be restored is there.
CREATE TABLE study_place (
  study_instance_uid TEXT PRIMARY KEY,
  database INTEGER NOT NULL
) WITHOUT ROWID;

-- A study is never in two databases: a Worker that does not know yet of a further database cannot store it here.
CREATE TRIGGER study_elsewhere BEFORE INSERT ON study
WHEN EXISTS (SELECT 1 FROM study_place WHERE study_instance_uid = NEW.study_instance_uid AND database <> 1) BEGIN
  SELECT raise(ABORT, 'the study is in another database');
END;

-- The dates that the studies of each database may have: it has none outside of them. Widened before a study is stored.
CREATE TABLE database_dates (
  database INTEGER PRIMARY KEY,
  oldest TEXT NOT NULL,                             -- StudyDate (0008,0020) YYYYMMDD
  newest TEXT NOT NULL,                             -- '' while no study has a date
  known_at INTEGER                                  -- since when they count, milliseconds since 1970; NULL: not yet
);
