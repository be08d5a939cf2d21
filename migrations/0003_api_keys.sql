-- API keys of this archive: src/archive/access/api-keys.ts. Times are milliseconds since 1970.

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,                              -- public: it stands in URLs and in records
  name TEXT NOT NULL,
  roles TEXT NOT NULL,                              -- JSON array of names in the setting ROLES
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,                         -- Principal.id of the administrator
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER,                             -- to within some minutes; NULL: never
  revoked_at INTEGER                                -- NULL: it is not revoked
) WITHOUT ROWID;
CREATE INDEX api_key_by_created_at ON api_key (created_at);

-- What clients present, as SHA-256. A renewed key has two of them while the old one still counts.
CREATE TABLE api_key_secret (
  digest TEXT PRIMARY KEY,                          -- hexadecimal
  key_id TEXT NOT NULL,
  ends_at INTEGER                                   -- NULL: with the key
) WITHOUT ROWID;
CREATE INDEX api_key_secret_by_key ON api_key_secret (key_id);
