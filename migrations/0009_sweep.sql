-- What the sweeper has to know before it deletes anything: docs/decisions.md, "What is deleted, and when".

-- The archive's id. The bucket holds the same one in the object archive-id; where they differ nothing is deleted. One row.
CREATE TABLE archive_identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  archive_id TEXT NOT NULL,
  confirmed_at INTEGER                              -- when both were seen to have it; NULL: the bucket may not have it yet
);

-- Objects that no row names, from the first run that saw them so until a later run deletes them.
CREATE TABLE orphan (
  key TEXT PRIMARY KEY,
  uploaded_at INTEGER NOT NULL,                     -- milliseconds since 1970, as the others
  first_seen_at INTEGER NOT NULL,
  claimed_at INTEGER,                               -- from then on it is being deleted, and nothing may name it again
  accepted_at INTEGER                               -- set by the operator: it is known to be of no use
) WITHOUT ROWID;
CREATE INDEX orphan_by_first_seen_at ON orphan (first_seen_at);

-- Times in which no run of the sweeper is remembered: there was none, or the index was put back to a moment before.
CREATE TABLE sweep_gap (
  from_at INTEGER PRIMARY KEY,
  to_at INTEGER NOT NULL
);

-- What the last run did, and how far the look through the metadata segments has come. One row.
CREATE TABLE sweep_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  series_id INTEGER NOT NULL DEFAULT 0,             -- the last series whose segments were looked at
  ran_at INTEGER,                                   -- milliseconds since 1970
  report TEXT                                       -- JSON: SweepReport of src/archive/remove/sweep-index.ts
);

-- From then on the removed instance is being purged, and no restoration can have it.
ALTER TABLE removal ADD COLUMN claimed_at INTEGER;  -- milliseconds since 1970

-- Versions that begin with u are of objects under unfiled/, whose keys name no instance.
CREATE INDEX instance_unfiled ON instance (version) WHERE version >= 'u';

-- Without it each metadata segment that is deleted costs a walk through all instances: the foreign key has to be checked.
CREATE INDEX instance_by_metadata_segment ON instance (metadata_segment_id);
