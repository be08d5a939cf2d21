-- The schema of the index: which bytes in R2 count, and the attributes that searches match (PS3.18 10.6.1, PS3.4 C.6.2.1).
--
-- Rule for every later migration: it runs on a live database of 100,000 studies, beside the Worker before it, so each of its
-- statements is bounded. It adds tables and indexes, or columns with a constant default; it does not fill them. Columns of
-- studies and series are filled by the job in the background: insert the row of description_position. A released migration
-- is never edited. test/runtime/migrations.test.ts upgrades a filled database of the released version.
--
-- Rows are joined by small integer keys; DICOM UIDs are kept once for each entity. Times are milliseconds since 1970, lengths
-- are bytes. Columns that searches match without regard to case hold folded text (src/dicom/values/fold-case.ts); answers are
-- made from the column `attributes`, which keeps each text as it was stored.

-- ---------------------------------------------------------------------------------------------------------------------
-- Studies, series, instances

-- Patient and Study level. A study without instances has no row.
CREATE TABLE study (
  id INTEGER PRIMARY KEY,
  study_instance_uid TEXT NOT NULL UNIQUE,          -- StudyInstanceUID (0020,000D)
  study_date TEXT,                                  -- StudyDate (0008,0020) YYYYMMDD
  study_time TEXT,                                  -- StudyTime (0008,0030) HHMMSS.FFFFFF, as stored
  timezone_offset INTEGER,                          -- TimezoneOffsetFromUTC (0008,0201), minutes
  accession_number TEXT,                            -- AccessionNumber (0008,0050), folded
  study_description TEXT,                           -- StudyDescription (0008,1030), folded
  study_id TEXT,                                    -- StudyID (0020,0010), folded
  patient_id TEXT,                                  -- PatientID (0010,0020), folded
  issuer_of_patient_id TEXT,                        -- IssuerOfPatientID (0010,0021), folded
  patient_name TEXT,                                -- PatientName (0010,0010), folded: src/dicom/values/person-name.ts
  patient_name_words TEXT,                          -- JSON array: its words, and how they sound (src/dicom/values/name-words.ts)
  patient_birth_date TEXT,                          -- PatientBirthDate (0010,0030) YYYYMMDD
  patient_sex TEXT,                                 -- PatientSex (0010,0040)
  referring_physician_name TEXT,                    -- ReferringPhysicianName (0008,0090), folded
  referring_physician_name_words TEXT,              -- as patient_name_words
  modalities_in_study TEXT NOT NULL DEFAULT '',     -- ModalitiesInStudy (0008,0061), sorted, joined by backslash
  number_of_study_related_series INTEGER NOT NULL DEFAULT 0,     -- NumberOfStudyRelatedSeries (0020,1206)
  number_of_study_related_instances INTEGER NOT NULL DEFAULT 0,  -- NumberOfStudyRelatedInstances (0020,1208)
  total_byte_length INTEGER NOT NULL DEFAULT 0,     -- of the Part 10 files of its instances, together
  attributes TEXT NOT NULL,                         -- DICOM JSON of every patient and study attribute, for answers
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  -- A block of about ten days, in the order of dates: YYYYMMD of study_date; 0 for a study without a date.
  date_block INTEGER AS (coalesce(CAST(study_date AS INTEGER) / 10, 0)) VIRTUAL
);
-- Searches by a range of dates, and the order of every answer: the newest study first.
CREATE INDEX study_by_study_date ON study (study_date, study_time);
-- Searches by exactly this value.
CREATE INDEX study_by_patient_id ON study (patient_id);
CREATE INDEX study_by_patient_name ON study (patient_name);
CREATE INDEX study_by_accession_number ON study (accession_number);

-- Series level. A series without instances has no row.
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  series_instance_uid TEXT NOT NULL,                -- SeriesInstanceUID (0020,000E)
  modality TEXT,                                    -- Modality (0008,0060)
  series_number INTEGER,                            -- SeriesNumber (0020,0011)
  series_description TEXT,                          -- SeriesDescription (0008,103E), folded
  body_part_examined TEXT,                          -- BodyPartExamined (0018,0015), folded
  protocol_name TEXT,                               -- ProtocolName (0018,1030), folded
  performed_procedure_step_start_date TEXT,         -- PerformedProcedureStepStartDate (0040,0244) YYYYMMDD
  performed_procedure_step_start_time TEXT,         -- PerformedProcedureStepStartTime (0040,0245) HHMMSS.FFFFFF, as stored
  timezone_offset INTEGER,                          -- TimezoneOffsetFromUTC (0008,0201), minutes
  number_of_series_related_instances INTEGER NOT NULL DEFAULT 0, -- NumberOfSeriesRelatedInstances (0020,1209)
  total_byte_length INTEGER NOT NULL DEFAULT 0,     -- of the Part 10 files of its instances, together
  unmerged_at INTEGER,                              -- since when it has had more than one metadata segment; NULL: it has one
  attributes TEXT NOT NULL,                         -- DICOM JSON of every series attribute, for answers
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (study_id, series_instance_uid)
);
-- Searches of series and instances by SeriesInstanceUID without a study.
CREATE INDEX series_by_series_instance_uid ON series (series_instance_uid);
-- Statistics: the series that has waited longest for its metadata to be merged.
CREATE INDEX series_unmerged ON series (unmerged_at) WHERE unmerged_at IS NOT NULL;

-- Items of RequestAttributesSequence (0040,0275) of a series.
CREATE TABLE request_attribute (
  series_id INTEGER NOT NULL REFERENCES series (id),
  scheduled_procedure_step_id TEXT NOT NULL DEFAULT '', -- ScheduledProcedureStepID (0040,0009), folded
  requested_procedure_id TEXT NOT NULL DEFAULT '',      -- RequestedProcedureID (0040,1001), folded
  PRIMARY KEY (series_id, scheduled_procedure_step_id, requested_procedure_id)
) WITHOUT ROWID;

-- SOP Classes of a series.
CREATE TABLE series_sop_class (
  series_id INTEGER NOT NULL,
  sop_class_uid TEXT NOT NULL,                      -- SOPClassUID (0008,0016)
  PRIMARY KEY (series_id, sop_class_uid)
) WITHOUT ROWID;

-- One object of instance metadata of a series: metadata/<study>/<series>/<name> in the bucket.
CREATE TABLE metadata_segment (
  id INTEGER PRIMARY KEY,
  series_id INTEGER NOT NULL REFERENCES series (id),
  name TEXT NOT NULL UNIQUE,
  byte_length INTEGER NOT NULL,                     -- of the object
  entry_count INTEGER NOT NULL,                     -- instances written into the object
  live_count INTEGER NOT NULL DEFAULT 0,            -- instances whose row points at it
  live_byte_length INTEGER NOT NULL DEFAULT 0,      -- of the Part 10 files of these, together
  -- A short segment itself, in place of an object in the bucket: base64 of its only gzip member. NULL: an object.
  content TEXT
);
CREATE INDEX metadata_segment_by_series ON metadata_segment (series_id);

-- Composite instances. The same SOP Instance UID in two series is two rows.
CREATE TABLE instance (
  id INTEGER PRIMARY KEY,
  series_id INTEGER NOT NULL REFERENCES series (id),
  sop_instance_uid TEXT NOT NULL,                   -- SOPInstanceUID (0008,0018)
  sop_class_uid TEXT NOT NULL,                      -- SOPClassUID (0008,0016)
  instance_number INTEGER,                          -- InstanceNumber (0020,0013)
  number_of_rows INTEGER,                           -- Rows (0028,0010)
  number_of_columns INTEGER,                        -- Columns (0028,0011)
  bits_allocated INTEGER,                           -- BitsAllocated (0028,0100)
  number_of_frames INTEGER,                         -- NumberOfFrames (0028,0008)
  transfer_syntax_uid TEXT NOT NULL,                -- TransferSyntaxUID (0002,0010)
  version TEXT NOT NULL,                            -- names the R2 objects of these bytes; never used twice
  byte_length INTEGER NOT NULL,                     -- of the Part 10 file
  digest TEXT NOT NULL,                             -- SHA-256 of the Part 10 file, lower-case hexadecimal
  crc32 INTEGER NOT NULL,                           -- CRC-32 of the Part 10 file, for ZIP archives
  layout TEXT NOT NULL,                             -- JSON: where pixel data and bulk data lie (src/dicom/pixels/pixel-layout.ts)
  metadata_segment_id INTEGER NOT NULL REFERENCES metadata_segment (id),
  metadata_offset INTEGER NOT NULL,                 -- of the gzip member in the segment that holds this instance
  metadata_length INTEGER NOT NULL,                 -- of that member
  metadata_start INTEGER NOT NULL,                  -- of this instance in the member's content: its first byte
  metadata_end INTEGER NOT NULL,                    -- one past its last byte
  created_at INTEGER NOT NULL,
  UNIQUE (series_id, sop_instance_uid)
);
-- Searches of instances by SOPInstanceUID without a study.
CREATE INDEX instance_by_sop_instance_uid ON instance (sop_instance_uid);
-- Counts of live entries of a segment and of their bytes. The check of the foreign key, too, needs it: without it each
-- metadata segment that is deleted costs a walk through all instances.
CREATE INDEX instance_by_metadata_segment ON instance (metadata_segment_id, byte_length);
-- The sweeper: versions that begin with u are of objects under unfiled/, whose keys name no instance.
CREATE INDEX instance_unfiled ON instance (version) WHERE version >= 'u';

-- What the archive holds in all, so that neither a search without keys nor statistics have to count. One row, kept by triggers.
CREATE TABLE archive_total (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  study INTEGER NOT NULL DEFAULT 0,                 -- rows of each table
  series INTEGER NOT NULL DEFAULT 0,
  instance INTEGER NOT NULL DEFAULT 0,
  byte_length INTEGER NOT NULL DEFAULT 0,           -- of the Part 10 files of these instances
  removal INTEGER NOT NULL DEFAULT 0,
  removal_byte_length INTEGER NOT NULL DEFAULT 0    -- of the Part 10 files of the removed instances
);
INSERT INTO archive_total (id) VALUES (1);

CREATE TRIGGER total_study_inserted AFTER INSERT ON study BEGIN
  UPDATE archive_total SET study = study + 1, series = series + NEW.number_of_study_related_series,
    instance = instance + NEW.number_of_study_related_instances, byte_length = byte_length + NEW.total_byte_length;
END;
CREATE TRIGGER total_study_deleted AFTER DELETE ON study BEGIN
  UPDATE archive_total SET study = study - 1, series = series - OLD.number_of_study_related_series,
    instance = instance - OLD.number_of_study_related_instances, byte_length = byte_length - OLD.total_byte_length;
END;
CREATE TRIGGER total_study_updated
AFTER UPDATE OF number_of_study_related_series, number_of_study_related_instances, total_byte_length ON study
WHEN OLD.number_of_study_related_series <> NEW.number_of_study_related_series
  OR OLD.number_of_study_related_instances <> NEW.number_of_study_related_instances
  OR OLD.total_byte_length <> NEW.total_byte_length BEGIN
  UPDATE archive_total SET
    series = series + NEW.number_of_study_related_series - OLD.number_of_study_related_series,
    instance = instance + NEW.number_of_study_related_instances - OLD.number_of_study_related_instances,
    byte_length = byte_length + NEW.total_byte_length - OLD.total_byte_length;
END;

-- ---------------------------------------------------------------------------------------------------------------------
-- Searches by text: docs/decisions.md says how a search reads few rows

-- What a study is found by: its own texts and those of its series. The triggers below keep it, whatever changes a study.
CREATE TABLE study_term (
  field INTEGER NOT NULL,                           -- numbered in the views below; src/storage/search/search-terms.ts names them
  term TEXT NOT NULL,                               -- '' for an attribute without value
  date_block INTEGER NOT NULL,                      -- of the study
  study_id INTEGER NOT NULL,
  PRIMARY KEY (field, term, study_id)
) WITHOUT ROWID;
-- Searches that walk from the newest date to the oldest, one block after the other.
CREATE INDEX study_term_by_date_block ON study_term (field, date_block, term);

-- The date_blocks that studies have or have had.
CREATE TABLE study_block (date_block INTEGER PRIMARY KEY);

-- The terms of a study's own texts.
CREATE VIEW study_text (study_id, field, term) AS
  -- Texts that a search finds by any part: 16 characters from each position of the text. U+0001 stands before the first
  -- character, so that a search for the start of a text finds it too. Each component group of a name is a text of its own.
  -- The list of positions has one number for each character: hex() writes two digits for each zero byte.
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
  -- Texts that a search finds as a whole, or by their start.
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

-- The terms of the texts of a series.
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

-- The terms of the requests of a series, which a search finds by any part.
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
-- The terms of its series carry the study's date, too.
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
-- A term goes with the last series of the study that has it. A term of 16 characters can stand anywhere in a text, a
-- shorter one only at its end.
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
  -- Terms that no series has any more stay. They lead to a study that the search then finds not to match.
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

-- Where a client's paging through a search began: later pages leave out what was stored since (PS3.18 8.3.4.4).
CREATE TABLE search_mark (
  key TEXT PRIMARY KEY,                             -- digest of the client and of the search: src/archive/search/paging.ts
  newest_row INTEGER NOT NULL,                      -- id of the newest row of the level searched, at the first page
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- ---------------------------------------------------------------------------------------------------------------------
-- Attributes that a deployment searches beyond the standard's keys, by configuration (PS3.18 10.6.1.2.3)

-- One row for each of them, from its first configuration until its values are deleted.
CREATE TABLE search_attribute (
  id INTEGER PRIMARY KEY AUTOINCREMENT,             -- never used twice
  -- As src/archive/search-attributes/extra-attributes.ts spells it. NULL: the attribute is given up.
  name TEXT UNIQUE,
  series_id INTEGER NOT NULL DEFAULT 0,             -- the last series that indexing has come to
  sop_instance_uid TEXT,                            -- its last instance that is indexed; NULL: all of the series is
  series_done INTEGER NOT NULL DEFAULT 0,
  series_total INTEGER NOT NULL DEFAULT 0,          -- series that there were when indexing began
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,                      -- when indexing last came on
  completed_at INTEGER                              -- NULL: what was stored before the configuration is still being indexed
);

-- Values of those attributes in the form in which they are compared: src/archive/search/comparable-value.ts.
CREATE TABLE attribute_value (
  search_attribute_id INTEGER NOT NULL,
  value NOT NULL,                                   -- a number or a text; '' in an item without the attribute
  study_id INTEGER NOT NULL,
  series_id INTEGER NOT NULL,                       -- 0: the attribute describes the study
  instance_id INTEGER NOT NULL,                     -- 0: the attribute describes the series, or the study
  item TEXT NOT NULL,                               -- which items of its sequences: four characters for each, outermost first
  PRIMARY KEY (search_attribute_id, value, study_id, series_id, instance_id, item)
) WITHOUT ROWID;
-- All values of an entity, when it is replaced or deleted.
CREATE INDEX attribute_value_by_entity ON attribute_value (study_id, series_id, instance_id, search_attribute_id);

-- Series of which some values are missing in the index: the request that stored them had no room for the values or did not
-- know an attribute, or the series was restored or described again. They are indexed again.
CREATE TABLE series_to_index (
  series_id INTEGER PRIMARY KEY,
  marks INTEGER NOT NULL DEFAULT 1,                 -- grows with each new reason, so that work for an earlier one does not end it
  sop_instance_uid TEXT                             -- the last instance that is done
);

-- The values of an entity are deleted when the entity is deleted or gets other bytes.
CREATE TRIGGER instance_values_deleted AFTER DELETE ON instance BEGIN
  DELETE FROM attribute_value
  WHERE study_id = (SELECT study_id FROM series WHERE id = OLD.series_id)
    AND series_id = OLD.series_id AND instance_id = OLD.id;
END;
CREATE TRIGGER instance_values_replaced AFTER UPDATE OF version ON instance WHEN OLD.version <> NEW.version BEGIN
  DELETE FROM attribute_value
  WHERE study_id = (SELECT study_id FROM series WHERE id = OLD.series_id)
    AND series_id = OLD.series_id AND instance_id = OLD.id;
END;
CREATE TRIGGER series_values_deleted AFTER DELETE ON series BEGIN
  DELETE FROM attribute_value WHERE study_id = OLD.study_id AND series_id = OLD.id;
  DELETE FROM series_to_index WHERE series_id = OLD.id;
END;
CREATE TRIGGER series_values_replaced AFTER UPDATE OF attributes ON series WHEN OLD.attributes <> NEW.attributes BEGIN
  DELETE FROM attribute_value WHERE study_id = OLD.study_id AND series_id = OLD.id AND instance_id = 0;
  INSERT INTO series_to_index (series_id)
  SELECT NEW.id WHERE EXISTS (SELECT 1 FROM search_attribute)
  ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL;
END;
CREATE TRIGGER study_values_deleted AFTER DELETE ON study BEGIN
  DELETE FROM attribute_value WHERE study_id = OLD.id;
END;
CREATE TRIGGER study_values_replaced AFTER UPDATE OF attributes ON study WHEN OLD.attributes <> NEW.attributes BEGIN
  DELETE FROM attribute_value WHERE study_id = OLD.id AND series_id = 0;
  INSERT INTO series_to_index (series_id)
  SELECT id FROM series
  WHERE study_id = NEW.id AND id = (SELECT min(id) FROM series WHERE study_id = NEW.id)
    AND EXISTS (SELECT 1 FROM search_attribute)
  ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL;
END;

-- A restored instance comes back without its values.
CREATE TRIGGER instance_values_restored AFTER INSERT ON instance
WHEN EXISTS (SELECT 1 FROM search_attribute) AND EXISTS (SELECT 1 FROM removal WHERE version = NEW.version) BEGIN
  INSERT INTO series_to_index (series_id) VALUES (NEW.series_id)
  ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL;
END;
CREATE TRIGGER instance_values_exchanged AFTER UPDATE OF version ON instance
WHEN EXISTS (SELECT 1 FROM search_attribute) AND EXISTS (SELECT 1 FROM removal WHERE version = NEW.version) BEGIN
  INSERT INTO series_to_index (series_id) VALUES (NEW.series_id)
  ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL;
END;

-- A study is found by its values as by its texts: the field is 1000 plus the attribute's id, the term is the value.
CREATE TRIGGER attribute_value_inserted AFTER INSERT ON attribute_value WHEN NEW.value <> '' BEGIN
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT 1000 + NEW.search_attribute_id, CAST(NEW.value AS TEXT), date_block, id FROM study WHERE id = NEW.study_id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;
-- A term goes with the last of the study's values that is equal to it.
CREATE TRIGGER attribute_value_deleted AFTER DELETE ON attribute_value WHEN OLD.value <> '' BEGIN
  DELETE FROM study_term
  WHERE field = 1000 + OLD.search_attribute_id AND term = CAST(OLD.value AS TEXT) AND study_id = OLD.study_id
    AND NOT EXISTS (
      SELECT 1 FROM attribute_value
      WHERE search_attribute_id = OLD.search_attribute_id AND value = OLD.value AND study_id = OLD.study_id);
END;
CREATE TRIGGER attribute_values_moved AFTER UPDATE OF study_date ON study WHEN OLD.date_block <> NEW.date_block BEGIN
  UPDATE study_term SET date_block = NEW.date_block
  WHERE (field, term, study_id) IN (
    SELECT 1000 + search_attribute_id, CAST(value AS TEXT), study_id FROM attribute_value WHERE study_id = NEW.id);
END;

-- For migrations that add columns of studies or series: how far the job in the background has filled them from the attributes
-- that the index keeps (src/archive/remove/redescribe.ts). No row: all are filled.
CREATE TABLE description_position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  series_id INTEGER NOT NULL                        -- the last series that is done
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Deletion and reclamation: docs/decisions.md, "What is deleted, and when"

-- Instances that do not count: deleted, replaced by others under the same UIDs, or stored under UIDs that others hold. Their
-- objects stay in the bucket, and they can be restored, until purge_at.
CREATE TABLE removal (
  id INTEGER PRIMARY KEY,                           -- grows in the order of removal
  study_instance_uid TEXT NOT NULL,                 -- StudyInstanceUID (0020,000D)
  series_instance_uid TEXT NOT NULL,                -- SeriesInstanceUID (0020,000E)
  sop_instance_uid TEXT NOT NULL,                   -- SOPInstanceUID (0008,0018)
  reason TEXT NOT NULL,                             -- deleted, replaced or kept
  version TEXT NOT NULL UNIQUE,                     -- as in instance
  digest TEXT NOT NULL,                             -- as in instance
  segment TEXT NOT NULL,                            -- name of the metadata segment that holds its metadata
  record TEXT NOT NULL,                             -- JSON: its row, as src/storage/commit/sql/commit-sql.ts takes it
  removed_at INTEGER NOT NULL,
  purge_at INTEGER,                                 -- NULL: set when the instance that holds its UIDs is deleted
  claimed_at INTEGER,                               -- from then on it is being purged, and cannot be restored
  byte_length INTEGER AS (record ->> 'byteLength') VIRTUAL -- of the Part 10 file
);
-- Restoration, and stores of bytes that are kept already.
CREATE INDEX removal_by_instance ON removal (study_instance_uid, series_instance_uid, sop_instance_uid);
-- Whether a segment may still be needed.
CREATE INDEX removal_by_segment ON removal (segment);
-- The sweeper's purge, and statistics of what it will reclaim.
CREATE INDEX removal_by_purge_at ON removal (purge_at, byte_length) WHERE purge_at IS NOT NULL;

CREATE TRIGGER total_removal_inserted AFTER INSERT ON removal BEGIN
  UPDATE archive_total SET removal = removal + 1, removal_byte_length = removal_byte_length + coalesce(NEW.byte_length, 0);
END;
CREATE TRIGGER total_removal_deleted AFTER DELETE ON removal BEGIN
  UPDATE archive_total SET removal = removal - 1, removal_byte_length = removal_byte_length - coalesce(OLD.byte_length, 0);
END;

-- How the series of deleted instances, and their studies, were described.
CREATE TABLE removed_series (
  study_instance_uid TEXT NOT NULL,
  series_instance_uid TEXT NOT NULL,
  study_attributes TEXT NOT NULL,                   -- DICOM JSON, as in study
  series_attributes TEXT NOT NULL,                  -- DICOM JSON, as in series
  PRIMARY KEY (study_instance_uid, series_instance_uid)
) WITHOUT ROWID;

-- R2 keys that no row names any more, to be deleted once due_at has passed.
CREATE TABLE deletion (
  key TEXT PRIMARY KEY,
  due_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX deletion_by_due_at ON deletion (due_at);

-- Objects that no row names, from the first run that saw them until a later run deletes them.
CREATE TABLE orphan (
  key TEXT PRIMARY KEY,
  uploaded_at INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  claimed_at INTEGER,                               -- from then on it is being deleted, and no row may name it again
  accepted_at INTEGER                               -- set by the operator: it is known to be of no use
) WITHOUT ROWID;
CREATE INDEX orphan_by_first_seen_at ON orphan (first_seen_at);

-- The archive's id. The object archive-id in the bucket holds the same one; where they differ nothing is deleted. One row.
CREATE TABLE archive_identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  archive_id TEXT NOT NULL,
  confirmed_at INTEGER                              -- when both were seen to have it; NULL: the bucket may not have it yet
);

-- Where the sweeper's look through the bucket stopped. One row.
CREATE TABLE sweep_position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  prefix TEXT NOT NULL,
  cursor TEXT
);

-- Times of which no run of the sweeper is known: there was none, or the index was put back to an earlier moment.
CREATE TABLE sweep_gap (
  from_at INTEGER PRIMARY KEY,
  to_at INTEGER NOT NULL
);

-- What the last run did, and how far the look through the metadata segments has come. One row.
CREATE TABLE sweep_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  series_id INTEGER NOT NULL DEFAULT 0,             -- the last series whose segments were looked at
  ran_at INTEGER,
  report TEXT                                       -- JSON: SweepReport of src/archive/remove/sweep-index.ts
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Requests

-- Answers to requests with an Idempotency-Key, kept for a day so that the same request sent again gets the same answer.
CREATE TABLE kept_answer (
  key TEXT PRIMARY KEY,                             -- digest of method, path and Idempotency-Key
  fingerprint TEXT NOT NULL,                        -- digest of Content-Type and body
  status INTEGER NOT NULL,
  headers TEXT NOT NULL,                            -- JSON object
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX kept_answer_by_created_at ON kept_answer (created_at);

-- Keys that the archive makes for itself when it first needs them, such as that of replaced UIDs in de-identified instances.
CREATE TABLE secret (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL                               -- hexadecimal
);
