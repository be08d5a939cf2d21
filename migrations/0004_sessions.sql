-- People who are signed in to the viewer: src/archive/access/sessions.ts. Only the deployment's own archive uses these tables.

CREATE TABLE session (
  id TEXT PRIMARY KEY,                              -- digest of the cookie's value, which is kept nowhere
  principal TEXT NOT NULL,                          -- the principal's id: issuer and subject
  name TEXT,                                        -- what people call the principal
  roles TEXT NOT NULL,                              -- JSON array of names, as the provider last said
  tokens TEXT NOT NULL,                             -- of the provider, encrypted: src/auth/session/sealed.ts
  begun_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,                         -- the last request, to about a minute
  ends_at INTEGER NOT NULL,
  renew_at INTEGER,                                 -- when the tokens are to be renewed; NULL: they cannot be
  claimed_by TEXT,                                  -- who renews them
  claimed_until INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX session_by_ends_at ON session (ends_at);

-- Sign-ins that have come back from the provider: each does so once.
CREATE TABLE used_sign_in (
  state TEXT PRIMARY KEY,                           -- digest of the state (RFC 6749 10.12)
  used_by TEXT NOT NULL,                            -- the request, which may repeat a statement whose answer was lost
  used_at INTEGER NOT NULL
);
CREATE INDEX used_sign_in_by_used_at ON used_sign_in (used_at);
