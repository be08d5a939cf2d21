-- Studies and series that somebody outside can see by a link: src/archive/access/shares.ts. Times are milliseconds since 1970.
CREATE TABLE share (
  id TEXT PRIMARY KEY,                              -- public: it stands in URLs and in records
  digest TEXT NOT NULL UNIQUE,                      -- of the secret in the link: SHA-256, hexadecimal
  study_instance_uid TEXT NOT NULL,                 -- StudyInstanceUID (0020,000D)
  series_instance_uid TEXT,                         -- SeriesInstanceUID (0020,000E); NULL: the whole study
  download INTEGER NOT NULL,                        -- 1: files can be downloaded too; 0: they can only be looked at
  note TEXT,                                        -- of who shares, for the record
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,                         -- Principal.id
  expires_at INTEGER NOT NULL,
  most_uses INTEGER,                                -- how often the link can be opened; NULL: any number of times
  uses INTEGER NOT NULL DEFAULT 0,
  passphrase TEXT,                                  -- PBKDF2 of the pass phrase: src/auth/share/passphrase.ts; NULL: none
  wrong_passphrases INTEGER NOT NULL DEFAULT 0,
  deidentification TEXT,                            -- JSON: DeidentifyOptions; NULL: as stored
  revoked_at INTEGER                                -- NULL: it is not revoked
) WITHOUT ROWID;
CREATE INDEX share_by_created_at ON share (created_at);
