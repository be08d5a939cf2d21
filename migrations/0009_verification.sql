-- Verification: whether the bucket holds what the index says, and whether the index counts right (src/archive/verification/).

-- How far the verification has come, or the result of the last one. One row.
CREATE TABLE verification (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  revision INTEGER NOT NULL,                        -- grows with each step: of two steps at the same time, one counts
  state TEXT NOT NULL                               -- JSON: Verification of src/archive/verification/verification.ts
);

-- What verifications have found.
CREATE TABLE verification_finding (
  kind TEXT NOT NULL,                               -- FindingKind of src/archive/verification/verification.ts
  subject TEXT NOT NULL,                            -- the key of the object, or the UIDs of the study or series
  found_at INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
) WITHOUT ROWID;
