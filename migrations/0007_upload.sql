-- Uploads in several requests (tus 1.0): src/archive/upload/. Times are milliseconds since 1970, lengths are bytes.

-- Uploads that get one Store Instances Response together.
CREATE TABLE upload_session (
  id TEXT PRIMARY KEY,
  principal TEXT NOT NULL,                          -- Principal.id: for others it does not exist
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  closed_at INTEGER                                 -- NULL: it takes more uploads
) WITHOUT ROWID;
CREATE INDEX upload_session_by_expires_at ON upload_session (expires_at);

-- One file that arrives piece by piece. Its bytes [0, byte_offset) are in the bucket: whole parts of a multipart upload, and
-- after them the rest, which is an object of its own. docs/decisions.md, "Resumable upload".
CREATE TABLE upload (
  id TEXT PRIMARY KEY,
  session_id TEXT,                                  -- NULL: it belongs to no session
  principal TEXT NOT NULL,                          -- Principal.id: for others it does not exist
  sender TEXT NOT NULL,                             -- JSON: Viewpoint of src/archive/visibility.ts, with which it is stored
  metadata TEXT NOT NULL,                           -- Upload-Metadata as it was sent; '': none
  concat TEXT,                                      -- Upload-Concat as it was sent; NULL: the upload stands for itself
  partials TEXT,                                    -- JSON array of ids, of which a final upload is made; NULL: others
  byte_length INTEGER NOT NULL,
  byte_offset INTEGER NOT NULL DEFAULT 0,           -- bytes that have arrived
  part_bytes INTEGER NOT NULL,                      -- of every part but the last
  version TEXT,                                     -- the whole file is unfiled/<version>.dcm; NULL: nothing is written there yet
  multipart_id TEXT,                                -- of the multipart upload that becomes this object; NULL: there is none
  rest_version TEXT,                                -- bytes after the last whole part are unfiled/<rest_version>.rest
  rest_length INTEGER NOT NULL DEFAULT 0,
  lease TEXT,                                       -- the request that writes, or wrote last; a version for what it writes
  lease_until INTEGER NOT NULL DEFAULT 0,           -- until then no other request may write
  state TEXT NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'received', 'done', 'failed')),
  reason TEXT,                                      -- why it failed
  cursor TEXT,                                      -- JSON: how far the ingest has come
  claimed_by TEXT,                                  -- the run that ingests
  claimed_until INTEGER NOT NULL DEFAULT 0,
  claims INTEGER NOT NULL DEFAULT 0,                -- runs since the ingest last came on
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX upload_by_principal ON upload (principal, state);
CREATE INDEX upload_by_session ON upload (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX upload_by_expires_at ON upload (state, expires_at);
-- Bytes that uploads under way will need.
CREATE INDEX upload_pending ON upload (byte_length) WHERE state IN ('receiving', 'received') AND partials IS NULL;

-- The parts of its multipart upload, as R2 has confirmed them.
CREATE TABLE upload_part (
  upload_id TEXT NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,                          -- from 1
  etag TEXT NOT NULL,
  PRIMARY KEY (upload_id, number)
) WITHOUT ROWID;

-- The versions under which uploads have written objects, or may have. The sweeper's look through the bucket leaves these objects
-- alone; they are reclaimed by src/archive/upload/reclaim.ts.
CREATE TABLE upload_object (
  version TEXT PRIMARY KEY,
  upload_id TEXT NOT NULL,                          -- which may be gone
  unneeded_at INTEGER,                              -- since when no upload needs it; NULL: one does
  -- 1: its upload had all its bytes by then. If not, and there is a whole file all the same, this index is one that was put back
  -- to an earlier time: the sweeper's rules for orphans apply to the file.
  settled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX upload_object_by_upload ON upload_object (upload_id);
CREATE INDEX upload_object_by_unneeded_at ON upload_object (unneeded_at) WHERE unneeded_at IS NOT NULL;

-- What became of each file of an upload.
CREATE TABLE upload_result (
  upload_id TEXT NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,                         -- from 0
  study_instance_uid TEXT,                          -- StudyInstanceUID (0020,000D)
  series_instance_uid TEXT,                         -- SeriesInstanceUID (0020,000E)
  sop_instance_uid TEXT,                            -- SOPInstanceUID (0008,0018)
  sop_class_uid TEXT,                               -- SOPClassUID (0008,0016)
  result TEXT NOT NULL,                             -- UploadResult.result; 'pending': a transaction is about to store it
  tag TEXT,                                         -- the attribute that is wrong, eight hexadecimal digits
  warnings TEXT NOT NULL DEFAULT '[]',              -- JSON array
  detail TEXT,                                      -- ResultDetail of src/archive/upload/upload-result.ts
  name TEXT,                                        -- of a member of a ZIP archive
  version TEXT,                                     -- under which it is being stored
  PRIMARY KEY (upload_id, ordinal)
) WITHOUT ROWID;
