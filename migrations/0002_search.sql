-- What searches beyond 0001_archive.sql need: docs/decisions.md tells how a search reads few rows.

ALTER TABLE study ADD COLUMN timezone_offset INTEGER;               -- (0008,0201) minutes
ALTER TABLE study ADD COLUMN issuer_of_patient_id TEXT;             -- (0010,0021)
ALTER TABLE study ADD COLUMN patient_birth_date TEXT;               -- (0010,0030) YYYYMMDD
ALTER TABLE study ADD COLUMN patient_sex TEXT;                      -- (0010,0040)
-- JSON arrays of the words of a name and of how they sound: src/dicom/values/name-words.ts. NULL: no name, or not made yet.
ALTER TABLE study ADD COLUMN patient_name_words TEXT;
ALTER TABLE study ADD COLUMN referring_physician_name_words TEXT;
-- Some days, in the order of dates: YYYYMMD of the study's date; 0 for a study without.
ALTER TABLE study ADD COLUMN date_block INTEGER AS (coalesce(CAST(study_date AS INTEGER) / 10, 0)) VIRTUAL;

ALTER TABLE series ADD COLUMN timezone_offset INTEGER;              -- (0008,0201) minutes
ALTER TABLE series ADD COLUMN series_description TEXT;              -- (0008,103E)
ALTER TABLE series ADD COLUMN body_part_examined TEXT;              -- (0018,0015)
ALTER TABLE series ADD COLUMN protocol_name TEXT;                   -- (0018,1030)

-- study_term takes their place.
DROP INDEX study_by_patient_name_groups;
DROP INDEX study_by_referring_physician_name_groups;
DROP INDEX study_by_referring_physician_name;
DROP INDEX series_by_modality;
DROP INDEX request_attribute_by_step;
DROP INDEX request_attribute_by_procedure;

-- The date_blocks of studies, past ones too.
CREATE TABLE study_block (date_block INTEGER PRIMARY KEY);

-- SOP Classes of a series.
CREATE TABLE series_sop_class (
  series_id INTEGER NOT NULL,
  sop_class_uid TEXT NOT NULL,                      -- (0008,0016)
  PRIMARY KEY (series_id, sop_class_uid)
) WITHOUT ROWID;

-- By what a study is found: its texts and those of its series. Kept by the triggers below, whatever changes a study.
CREATE TABLE study_term (
  field INTEGER NOT NULL,                           -- see study_text and series_text; src/storage/search/search-terms.ts names them
  term TEXT NOT NULL,                               -- '' for an attribute without value
  date_block INTEGER NOT NULL,                      -- of the study
  study_id INTEGER NOT NULL,
  PRIMARY KEY (field, term, study_id)
) WITHOUT ROWID;
CREATE INDEX study_term_by_date_block ON study_term (field, date_block, term);

-- The terms of a study's own texts.
CREATE VIEW study_text (study_id, field, term) AS
  -- Found by any part: from each character on, 16 of them. Before the first stands U+0001, so that what a text starts
  -- with is found too. Each component group of a name is a text. (As many numbers as a text has characters: a byte is two
  -- digits.)
  SELECT study.id, text.key, substr(coalesce(char(1) || part.value, ''), position.key + 1, 16)
  FROM study
    CROSS JOIN json_each(json_array(
      patient_name,                                                             -- 0
      referring_physician_name,                                                 -- 1
      patient_id,                                                               -- 2
      accession_number,                                                         -- 3
      study_description,                                                        -- 4
      study_id                                                                  -- 5
    )) AS text
    CROSS JOIN json_each(CASE WHEN text.key < 2
      THEN '[' || replace(json_quote(text.value), '=', '","') || ']' ELSE json_array(text.value) END) AS part
    CROSS JOIN json_each(
      '[0' || replace(hex(zeroblob(length(coalesce(part.value, '')))), '00', ',0') || ']') AS position
  UNION ALL
  -- Found as a whole, or by the start.
  SELECT study.id, 10 + list.key, text.value
  FROM study
    CROSS JOIN json_each(json_array(
      json_array(coalesce(study_time, '')),                                     -- 10
      json_array(coalesce(patient_birth_date, '')),                             -- 11
      json_array(coalesce(patient_sex, '')),                                    -- 12
      json_array(coalesce(issuer_of_patient_id, '')),                           -- 13
      json(patient_name_words),                                                 -- 14
      json(referring_physician_name_words)                                      -- 15
    )) AS list
    CROSS JOIN json_each(list.value) AS text;

-- The same of a series.
CREATE VIEW series_text (series_id, study_id, field, term) AS
  SELECT series.id, series.study_id, 20, substr(coalesce(char(1) || series_description, ''), position.key + 1, 16)
  FROM series
    CROSS JOIN json_each(
      '[0' || replace(hex(zeroblob(length(coalesce(series_description, '')))), '00', ',0') || ']') AS position
  UNION ALL
  SELECT series.id, series.study_id, 21 + text.key, CAST(coalesce(text.value, '') AS TEXT)
  FROM series
    CROSS JOIN json_each(json_array(
      modality,                                                                 -- 21
      series_number,                                                            -- 22
      performed_procedure_step_start_date,                                      -- 23
      performed_procedure_step_start_time,                                      -- 24
      body_part_examined,                                                       -- 25
      protocol_name                                                             -- 26
    )) AS text;

-- The same of what stands in a request of a series: by any part.
CREATE VIEW request_text (series_id, study_id, scheduled_procedure_step_id, requested_procedure_id, field, term) AS
  SELECT series.id, series.study_id, scheduled_procedure_step_id, requested_procedure_id, 30 + text.key,
    CASE text.value WHEN '' THEN '' ELSE substr(char(1) || text.value, position.key + 1, 16) END
  FROM request_attribute
    JOIN series ON series.id = request_attribute.series_id
    CROSS JOIN json_each(json_array(
      scheduled_procedure_step_id,                                              -- 30
      requested_procedure_id                                                    -- 31
    )) AS text
    CROSS JOIN json_each('[0' || replace(hex(zeroblob(length(text.value))), '00', ',0') || ']') AS position;

CREATE TRIGGER study_terms_inserted AFTER INSERT ON study BEGIN
  INSERT INTO study_block VALUES (NEW.date_block) ON CONFLICT DO NOTHING;
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT field, term, NEW.date_block, study_id FROM study_text WHERE study_id = NEW.id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;
CREATE TRIGGER study_terms_deleted BEFORE DELETE ON study BEGIN
  DELETE FROM study_term
  WHERE (field, term, study_id) IN (SELECT field, term, study_id FROM study_text WHERE study_id = OLD.id);
END;
CREATE TRIGGER study_terms_outdated
BEFORE UPDATE OF study_date, study_time, accession_number, study_description, study_id, patient_id, patient_name,
  referring_physician_name, issuer_of_patient_id, patient_birth_date, patient_sex, patient_name_words,
  referring_physician_name_words ON study BEGIN
  DELETE FROM study_term
  WHERE (field, term, study_id) IN (SELECT field, term, study_id FROM study_text WHERE study_id = OLD.id);
END;
CREATE TRIGGER study_terms_updated
AFTER UPDATE OF study_date, study_time, accession_number, study_description, study_id, patient_id, patient_name,
  referring_physician_name, issuer_of_patient_id, patient_birth_date, patient_sex, patient_name_words,
  referring_physician_name_words ON study BEGIN
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT field, term, NEW.date_block, study_id FROM study_text WHERE study_id = NEW.id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;
-- What its series are found by stands under the study's date.
CREATE TRIGGER study_terms_moved AFTER UPDATE OF study_date ON study WHEN OLD.date_block <> NEW.date_block BEGIN
  INSERT INTO study_block VALUES (NEW.date_block) ON CONFLICT DO NOTHING;
  UPDATE study_term SET date_block = NEW.date_block
  WHERE (field, term, study_id) IN (
    SELECT field, term, study_id FROM series_text WHERE study_id = NEW.id
    UNION ALL SELECT field, term, study_id FROM request_text WHERE study_id = NEW.id
    UNION ALL SELECT 32, sop_class_uid, study_id FROM series JOIN series_sop_class ON series_id = series.id
      WHERE study_id = NEW.id);
END;

CREATE TRIGGER series_terms_inserted AFTER INSERT ON series BEGIN
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT text.field, text.term, study.date_block, study.id
  FROM series_text AS text JOIN study ON study.id = text.study_id WHERE text.series_id = NEW.id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;
-- A term goes with the last series of the study that has it: one of 16 characters stands anywhere in a text, a shorter
-- one at its end.
CREATE TRIGGER series_terms_deleted BEFORE DELETE ON series BEGIN
  DELETE FROM study_term
  WHERE (field, term, study_id) IN (SELECT field, term, study_id FROM series_text WHERE series_id = OLD.id)
    AND NOT EXISTS (
      SELECT 1 FROM series AS other
      WHERE other.study_id = OLD.study_id AND other.id <> OLD.id AND CASE field
        WHEN 20 THEN CASE length(term)
          WHEN 0 THEN other.series_description IS NULL
          WHEN 16 THEN instr(char(1) || other.series_description, term) > 0
          ELSE substr(char(1) || other.series_description, -length(term)) = term END
        WHEN 21 THEN coalesce(other.modality, '') = term
        WHEN 22 THEN coalesce(other.series_number, '') = term
        WHEN 23 THEN coalesce(other.performed_procedure_step_start_date, '') = term
        WHEN 24 THEN coalesce(other.performed_procedure_step_start_time, '') = term
        WHEN 25 THEN coalesce(other.body_part_examined, '') = term
        ELSE coalesce(other.protocol_name, '') = term
      END);
  DELETE FROM study_term
  WHERE (field, term, study_id) IN (SELECT 32, sop_class_uid, OLD.study_id FROM series_sop_class WHERE series_id = OLD.id)
    AND NOT EXISTS (
      SELECT 1 FROM series AS other JOIN series_sop_class ON series_sop_class.series_id = other.id
      WHERE other.study_id = OLD.study_id AND other.id <> OLD.id AND series_sop_class.sop_class_uid = term);
  DELETE FROM series_sop_class WHERE series_id = OLD.id;
END;
CREATE TRIGGER series_terms_updated
AFTER UPDATE OF modality, series_number, performed_procedure_step_start_date, performed_procedure_step_start_time,
  body_part_examined, protocol_name, series_description ON series BEGIN
  -- Terms that no series has any more stay: they lead to a study that then does not match.
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT text.field, text.term, study.date_block, study.id
  FROM series_text AS text JOIN study ON study.id = text.study_id WHERE text.series_id = NEW.id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;

CREATE TRIGGER request_terms_inserted AFTER INSERT ON request_attribute BEGIN
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT text.field, text.term, study.date_block, study.id
  FROM request_text AS text JOIN study ON study.id = text.study_id
  WHERE series_id = NEW.series_id AND scheduled_procedure_step_id = NEW.scheduled_procedure_step_id
    AND requested_procedure_id = NEW.requested_procedure_id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;
CREATE TRIGGER request_terms_deleted BEFORE DELETE ON request_attribute BEGIN
  DELETE FROM study_term
  WHERE (field, term, study_id) IN (
      SELECT field, term, study_id FROM request_text
      WHERE series_id = OLD.series_id AND scheduled_procedure_step_id = OLD.scheduled_procedure_step_id
        AND requested_procedure_id = OLD.requested_procedure_id)
    AND NOT EXISTS (
      SELECT 1 FROM series JOIN request_attribute AS other ON other.series_id = series.id
      WHERE series.study_id = study_term.study_id
        AND (other.series_id, other.scheduled_procedure_step_id, other.requested_procedure_id)
          <> (OLD.series_id, OLD.scheduled_procedure_step_id, OLD.requested_procedure_id)
        AND CASE length(term)
          WHEN 0 THEN iif(field = 30, other.scheduled_procedure_step_id, other.requested_procedure_id) = ''
          WHEN 16 THEN
            instr(char(1) || iif(field = 30, other.scheduled_procedure_step_id, other.requested_procedure_id), term) > 0
          ELSE substr(
            char(1) || iif(field = 30, other.scheduled_procedure_step_id, other.requested_procedure_id),
            -length(term)) = term
        END);
END;

CREATE TRIGGER instance_sop_class_inserted AFTER INSERT ON instance BEGIN
  INSERT INTO series_sop_class VALUES (NEW.series_id, NEW.sop_class_uid) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER instance_sop_class_updated AFTER UPDATE OF sop_class_uid ON instance
WHEN OLD.sop_class_uid <> NEW.sop_class_uid BEGIN
  INSERT INTO series_sop_class VALUES (NEW.series_id, NEW.sop_class_uid) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER series_sop_class_inserted AFTER INSERT ON series_sop_class BEGIN
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT 32, NEW.sop_class_uid, date_block, study.id
  FROM series JOIN study ON study.id = series.study_id WHERE series.id = NEW.series_id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;

-- What was stored before.
INSERT INTO series_sop_class SELECT DISTINCT series_id, sop_class_uid FROM instance WHERE true ON CONFLICT DO NOTHING;
INSERT INTO study_block SELECT DISTINCT date_block FROM study;
INSERT INTO study_term (field, term, date_block, study_id)
SELECT text.field, text.term, study.date_block, study.id FROM study_text AS text JOIN study ON study.id = text.study_id
WHERE true ON CONFLICT (field, term, study_id) DO NOTHING;
INSERT INTO study_term (field, term, date_block, study_id)
SELECT text.field, text.term, study.date_block, study.id FROM series_text AS text JOIN study ON study.id = text.study_id
WHERE true ON CONFLICT (field, term, study_id) DO NOTHING;
INSERT INTO study_term (field, term, date_block, study_id)
SELECT text.field, text.term, study.date_block, study.id FROM request_text AS text JOIN study ON study.id = text.study_id
WHERE true ON CONFLICT (field, term, study_id) DO NOTHING;
