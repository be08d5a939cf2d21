-- The archive's index: which bytes in R2 count, and the attributes that searches match (PS3.18 10.6.1, PS3.4 C.6.2.1).
-- Rows are joined by small integer keys; DICOM UIDs are kept once per entity.

-- Patient and Study level. An entity with no instances has no row.
CREATE TABLE study (
  id INTEGER PRIMARY KEY,
  study_instance_uid TEXT NOT NULL UNIQUE,          -- (0020,000D)
  study_date TEXT,                                  -- (0008,0020) YYYYMMDD
  study_time TEXT,                                  -- (0008,0030) HHMMSS.FFFFFF, as stored
  accession_number TEXT,                            -- (0008,0050)
  study_description TEXT,                           -- (0008,1030)
  study_id TEXT,                                    -- (0020,0010)
  patient_id TEXT,                                  -- (0010,0020)
  patient_name TEXT,                                -- (0010,0010) folded for matching: see src/dicom/values/person-name.ts
  referring_physician_name TEXT,                    -- (0008,0090) folded for matching
  modalities_in_study TEXT NOT NULL DEFAULT '',     -- (0008,0061) sorted, joined by backslash
  number_of_study_related_series INTEGER NOT NULL DEFAULT 0,     -- (0020,1206)
  number_of_study_related_instances INTEGER NOT NULL DEFAULT 0,  -- (0020,1208)
  attributes TEXT NOT NULL,                         -- DICOM JSON of every patient and study attribute, for answers
  created_at INTEGER NOT NULL,                      -- milliseconds since 1970
  updated_at INTEGER NOT NULL
);
CREATE INDEX study_by_study_date ON study (study_date, study_time);
CREATE INDEX study_by_patient_id ON study (patient_id);
CREATE INDEX study_by_patient_name ON study (patient_name);
CREATE INDEX study_by_accession_number ON study (accession_number);
CREATE INDEX study_by_referring_physician_name ON study (referring_physician_name);
-- Names of more than one component group, which are matched group by group.
CREATE INDEX study_by_patient_name_groups ON study (patient_name) WHERE instr(patient_name, '=') > 0;
CREATE INDEX study_by_referring_physician_name_groups ON study (referring_physician_name)
  WHERE instr(referring_physician_name, '=') > 0;

-- Series level.
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  series_instance_uid TEXT NOT NULL,                -- (0020,000E)
  modality TEXT,                                    -- (0008,0060)
  series_number INTEGER,                            -- (0020,0011)
  performed_procedure_step_start_date TEXT,         -- (0040,0244)
  performed_procedure_step_start_time TEXT,         -- (0040,0245)
  number_of_series_related_instances INTEGER NOT NULL DEFAULT 0, -- (0020,1209)
  attributes TEXT NOT NULL,                         -- DICOM JSON of every series attribute, for answers
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (study_id, series_instance_uid)
);
CREATE INDEX series_by_series_instance_uid ON series (series_instance_uid);
CREATE INDEX series_by_modality ON series (modality, study_id);

-- Items of Request Attributes Sequence (0040,0275) of a series.
CREATE TABLE request_attribute (
  series_id INTEGER NOT NULL REFERENCES series (id),
  scheduled_procedure_step_id TEXT NOT NULL DEFAULT '', -- (0040,0009)
  requested_procedure_id TEXT NOT NULL DEFAULT '',      -- (0040,1001)
  PRIMARY KEY (series_id, scheduled_procedure_step_id, requested_procedure_id)
) WITHOUT ROWID;
CREATE INDEX request_attribute_by_step ON request_attribute (scheduled_procedure_step_id);
CREATE INDEX request_attribute_by_procedure ON request_attribute (requested_procedure_id);

-- One R2 object of instance metadata of a series: metadata/<study>/<series>/<name>.
CREATE TABLE metadata_segment (
  id INTEGER PRIMARY KEY,
  series_id INTEGER NOT NULL REFERENCES series (id),
  name TEXT NOT NULL UNIQUE,
  byte_length INTEGER NOT NULL,
  entry_count INTEGER NOT NULL,                     -- instances written into the object
  live_count INTEGER NOT NULL DEFAULT 0             -- instances whose row points at it
);
CREATE INDEX metadata_segment_by_series ON metadata_segment (series_id);

-- Composite instances. The same SOP Instance UID in two series is two rows.
CREATE TABLE instance (
  id INTEGER PRIMARY KEY,
  series_id INTEGER NOT NULL REFERENCES series (id),
  sop_instance_uid TEXT NOT NULL,                   -- (0008,0018)
  sop_class_uid TEXT NOT NULL,                      -- (0008,0016)
  instance_number INTEGER,                          -- (0020,0013)
  number_of_rows INTEGER,                           -- (0028,0010) Rows
  number_of_columns INTEGER,                        -- (0028,0011) Columns
  bits_allocated INTEGER,                           -- (0028,0100)
  number_of_frames INTEGER,                         -- (0028,0008)
  transfer_syntax_uid TEXT NOT NULL,                -- (0002,0010)
  version TEXT NOT NULL,                            -- names the R2 object(s) of these bytes; never used twice
  byte_length INTEGER NOT NULL,                     -- of the Part 10 file
  digest TEXT NOT NULL,                             -- SHA-256 of the Part 10 file, lower-case hexadecimal
  layout TEXT NOT NULL,                             -- JSON: where pixel data and bulk data lie (src/dicom/pixels/pixel-layout.ts)
  metadata_segment_id INTEGER NOT NULL REFERENCES metadata_segment (id),
  metadata_offset INTEGER NOT NULL,                 -- of the gzip member in the segment that holds this instance, bytes
  metadata_length INTEGER NOT NULL,                 -- of that member, bytes
  metadata_start INTEGER NOT NULL,                  -- of this instance in the member's content, bytes
  metadata_end INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (series_id, sop_instance_uid)
);
CREATE INDEX instance_by_sop_instance_uid ON instance (sop_instance_uid);

-- R2 keys that no row names any more, to be deleted once due_at has passed.
CREATE TABLE deletion (
  key TEXT PRIMARY KEY,
  due_at INTEGER NOT NULL                           -- milliseconds since 1970
) WITHOUT ROWID;
CREATE INDEX deletion_by_due_at ON deletion (due_at);

-- Where the sweeper's look through the bucket stopped. One row.
CREATE TABLE sweep_position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  prefix TEXT NOT NULL,
  cursor TEXT
);
