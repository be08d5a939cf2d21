-- Answers to requests with an Idempotency-Key, kept for a day so that the same request sent again gets the same answer.
CREATE TABLE kept_answer (
  key TEXT PRIMARY KEY,                             -- digest of method, path and Idempotency-Key
  fingerprint TEXT NOT NULL,                        -- digest of Content-Type and body
  status INTEGER NOT NULL,
  headers TEXT NOT NULL,                            -- JSON object
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL                       -- milliseconds since 1970
);
CREATE INDEX kept_answer_by_created_at ON kept_answer (created_at);
