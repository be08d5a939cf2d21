-- Who may see a study: what conditions of access control are tested on, beside the attributes that searches match
-- (src/archive/visibility.ts). docs/decisions.md, "Part of an archive".

-- Principal.id of who stored the first instance; '' for studies that were stored before this migration.
ALTER TABLE study ADD COLUMN stored_by TEXT NOT NULL DEFAULT '';
-- JSON array of labels, sorted.
ALTER TABLE study ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
-- JSON array: InstitutionName (0008,0080) of its series, folded. The triggers below keep it.
ALTER TABLE study ADD COLUMN institution_names TEXT NOT NULL DEFAULT '[]';
-- InstitutionName (0008,0080), folded. Series that were stored before this migration are filled by the job in the background.
ALTER TABLE series ADD COLUMN institution_name TEXT;
INSERT INTO description_position SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM series)
ON CONFLICT (id) DO UPDATE SET series_id = 0;

CREATE TRIGGER study_institutions_inserted AFTER INSERT ON series WHEN NEW.institution_name <> '' BEGIN
  UPDATE study SET institution_names = (
    SELECT json_group_array(DISTINCT institution_name) FROM series WHERE study_id = NEW.study_id AND institution_name <> '')
  WHERE id = NEW.study_id;
END;
CREATE TRIGGER study_institutions_updated AFTER UPDATE OF institution_name ON series
WHEN OLD.institution_name IS NOT NEW.institution_name BEGIN
  UPDATE study SET institution_names = (
    SELECT json_group_array(DISTINCT institution_name) FROM series WHERE study_id = NEW.study_id AND institution_name <> '')
  WHERE id = NEW.study_id;
END;

-- A study is found by its labels, by who stored it and by its institutions as by its texts: study_term of 0001_archive.sql.
CREATE VIEW study_access (study_id, field, term) AS
  SELECT study.id, 40 + list.key, text.value
  FROM study
    CROSS JOIN json_each(json_array(
      json(labels),                                                             -- 40
      json_array(stored_by),                                                    -- 41
      json(institution_names)                                                   -- 42
    )) AS list
    CROSS JOIN json_each(list.value) AS text
  WHERE text.value <> '';

CREATE TRIGGER study_access_inserted AFTER INSERT ON study BEGIN
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT field, term, NEW.date_block, study_id FROM study_access WHERE study_id = NEW.id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;
CREATE TRIGGER study_access_outdated BEFORE UPDATE OF labels, stored_by, institution_names ON study BEGIN
  DELETE FROM study_term
  WHERE (field, term, study_id) IN (SELECT field, term, study_id FROM study_access WHERE study_id = OLD.id);
END;
CREATE TRIGGER study_access_updated AFTER UPDATE OF labels, stored_by, institution_names ON study BEGIN
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT field, term, NEW.date_block, study_id FROM study_access WHERE study_id = NEW.id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;
CREATE TRIGGER study_access_moved AFTER UPDATE OF study_date ON study WHEN OLD.date_block <> NEW.date_block BEGIN
  UPDATE study_term SET date_block = NEW.date_block
  WHERE (field, term, study_id) IN (SELECT field, term, study_id FROM study_access WHERE study_id = NEW.id);
END;

-- A study that was deleted as a whole, as conditions are tested on it: who could see it can restore it. A study that is stored
-- later under the same UID is another one, which others may see.
CREATE TABLE removed_study (
  id INTEGER PRIMARY KEY AUTOINCREMENT,             -- never used twice
  study_instance_uid TEXT NOT NULL,                 -- this and the following: as in study
  study_date TEXT,
  accession_number TEXT,
  patient_id TEXT,
  issuer_of_patient_id TEXT,
  referring_physician_name TEXT,
  stored_by TEXT NOT NULL,
  labels TEXT NOT NULL,
  institution_names TEXT NOT NULL
);
CREATE INDEX removed_study_by_study_instance_uid ON removed_study (study_instance_uid);

-- The study to which the instance belonged. NULL: the one that is there.
ALTER TABLE removal ADD COLUMN removed_study_id INTEGER;
-- For instances that were put aside: Principal.id of who sent them. Further reasons: "aside", sent to a study that the sender
-- cannot see, the first under its UIDs; "aside too", other content under the same UIDs by the same sender.
ALTER TABLE removal ADD COLUMN sent_by TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX removal_aside ON removal (sent_by, study_instance_uid, series_instance_uid, sop_instance_uid)
WHERE reason = 'aside';

CREATE TRIGGER study_removed BEFORE DELETE ON study
WHEN EXISTS (
  SELECT 1 FROM removal
  WHERE study_instance_uid = OLD.study_instance_uid AND removed_study_id IS NULL AND reason NOT IN ('aside', 'aside too'))
BEGIN
  INSERT INTO removed_study (study_instance_uid, study_date, accession_number, patient_id, issuer_of_patient_id,
    referring_physician_name, stored_by, labels, institution_names)
  VALUES (OLD.study_instance_uid, OLD.study_date, OLD.accession_number, OLD.patient_id, OLD.issuer_of_patient_id,
    OLD.referring_physician_name, OLD.stored_by, OLD.labels, OLD.institution_names);
  UPDATE removal SET removed_study_id = (
    SELECT max(id) FROM removed_study WHERE study_instance_uid = OLD.study_instance_uid)
  WHERE study_instance_uid = OLD.study_instance_uid AND removed_study_id IS NULL
    AND reason NOT IN ('aside', 'aside too');
END;
CREATE TRIGGER study_access_deleted BEFORE DELETE ON study BEGIN
  DELETE FROM study_term
  WHERE (field, term, study_id) IN (SELECT field, term, study_id FROM study_access WHERE study_id = OLD.id);
END;
