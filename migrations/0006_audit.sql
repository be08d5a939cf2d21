-- The record of who did what: docs/security.md. An event is kept here from its first request on, and is also written to an
-- object of the bucket once it is complete (src/archive/audit/seal.ts).
CREATE TABLE audit_event (
  id INTEGER PRIMARY KEY,
  merge_key TEXT NOT NULL UNIQUE,                   -- requests with the same key are one event
  last_write TEXT NOT NULL,                         -- names what was added last, so that it is not added twice
  started_at INTEGER NOT NULL,                      -- the first and the last request
  ended_at INTEGER NOT NULL,
  action TEXT NOT NULL,                             -- AuditAction of src/archive/audit/audit-event.ts
  outcome TEXT NOT NULL,                            -- AuditOutcome
  principal_kind TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  principal_name TEXT,
  address TEXT,                                     -- network address of the client
  agent TEXT,                                       -- User-Agent of the client
  study_instance_uid TEXT,                          -- StudyInstanceUID (0020,000D)
  subject TEXT,                                     -- what else it was about: a series, an instance, a key, a permission
  requests INTEGER NOT NULL,                        -- how many requests, and of which kinds
  searches INTEGER NOT NULL,
  retrievals INTEGER NOT NULL,
  renderings INTEGER NOT NULL,
  instances INTEGER NOT NULL,                       -- instances stored
  byte_length INTEGER NOT NULL,                     -- bytes received by stores, bytes sent by all others
  sequence INTEGER UNIQUE                           -- its number in the chain of the sealed record; NULL: not sealed yet
);
CREATE INDEX audit_event_by_study ON audit_event (study_instance_uid, id) WHERE study_instance_uid IS NOT NULL;
CREATE INDEX audit_event_by_principal ON audit_event (principal_id, id);
CREATE INDEX audit_event_by_start ON audit_event (started_at);
CREATE INDEX audit_event_unsealed ON audit_event (id) WHERE sequence IS NULL;

-- The ends of the chain. One row.
CREATE TABLE audit_chain (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sequence INTEGER NOT NULL,                        -- of the last sealed event
  digest TEXT NOT NULL,                             -- of the last line: SHA-256, lower-case hexadecimal
  start_sequence INTEGER NOT NULL DEFAULT 0,        -- of the line after which the chain begins; 0: it begins with line 1
  start_digest TEXT                                 -- of that line
);
