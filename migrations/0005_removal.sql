-- Instances that do not count: deleted, replaced by others under the same UIDs, or come under UIDs that others hold. Their
-- objects stay in the bucket, and they can be brought back, until purge_at.
CREATE TABLE removal (
  id INTEGER PRIMARY KEY,                           -- grows in the order of removing
  study_instance_uid TEXT NOT NULL,                 -- (0020,000D)
  series_instance_uid TEXT NOT NULL,                -- (0020,000E)
  sop_instance_uid TEXT NOT NULL,                   -- (0008,0018)
  reason TEXT NOT NULL,                             -- deleted, replaced or kept
  version TEXT NOT NULL UNIQUE,                     -- as in instance
  digest TEXT NOT NULL,                             -- as in instance
  segment TEXT NOT NULL,                            -- name of the metadata segment that holds its metadata
  record TEXT NOT NULL,                             -- JSON: its row, as src/storage/commit/commit-sql.ts takes it
  removed_at INTEGER NOT NULL,                      -- milliseconds since 1970
  purge_at INTEGER                                  -- NULL: when its instance is deleted
);
CREATE INDEX removal_by_instance ON removal (study_instance_uid, series_instance_uid, sop_instance_uid);
CREATE INDEX removal_by_segment ON removal (segment);
CREATE INDEX removal_by_purge_at ON removal (purge_at) WHERE purge_at IS NOT NULL;

-- How the series of deleted instances, and their studies, were described.
CREATE TABLE removed_series (
  study_instance_uid TEXT NOT NULL,
  series_instance_uid TEXT NOT NULL,
  study_attributes TEXT NOT NULL,                   -- DICOM JSON, as in study
  series_attributes TEXT NOT NULL,                  -- DICOM JSON, as in series
  PRIMARY KEY (study_instance_uid, series_instance_uid)
) WITHOUT ROWID;
