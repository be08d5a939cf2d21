-- What confines principals further: studies that are seen de-identified, and what an API key may store.

-- Studies by the UIDs under which principals see them who see all of the archive de-identified. Searches fill it, since a
-- replaced UID is a digest, from which nothing can be computed back: src/archive/deidentify/deidentified-studies.ts.
CREATE TABLE deidentified_study (
  replaced_uid TEXT PRIMARY KEY,
  study_instance_uid TEXT NOT NULL                  -- StudyInstanceUID (0020,000D)
) WITHOUT ROWID;

-- Studies get these labels when the key stores their first instance. JSON array, sorted.
ALTER TABLE api_key ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
-- What the key may store at most, for good. NULL: there is no such limit.
ALTER TABLE api_key ADD COLUMN most_bytes INTEGER;
ALTER TABLE api_key ADD COLUMN most_instances INTEGER;

-- What principals with a quota have stored, counted since they have one: src/archive/store/principal-quota.ts.
CREATE TABLE stored_total (
  principal TEXT PRIMARY KEY,                       -- Principal.id
  instances INTEGER NOT NULL,
  byte_length INTEGER NOT NULL                      -- of Part 10 files
) WITHOUT ROWID;

-- Who has stored instances of a series. To a principal that may only store, the archive commits to the instances of these
-- series, and of the studies that the principal began: src/storage/d1-commitments.ts.
CREATE TABLE series_sender (
  series_id INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  principal TEXT NOT NULL,                          -- Principal.id
  PRIMARY KEY (series_id, principal)
) WITHOUT ROWID;

-- Versions that were put or kept aside, for their own retention.
CREATE INDEX removal_aside_by_age ON removal (removed_at) WHERE purge_at IS NULL;
