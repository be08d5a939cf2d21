-- An archive in several databases keeps to its quotas: docs/decisions.md, "Beyond one database". Every database has this table. That
-- of the first one is in use; where an archive has one database, it is empty.

-- What requests are about to store under a quota, in the order in which they came. Each is deleted when its request has stored; if
-- that does not happen, it counts until it expires.
CREATE TABLE quota_reservation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,             -- the order: a number is never used again
  token TEXT NOT NULL UNIQUE,                       -- random: a second try of the same request reserves nothing
  sender INTEGER NOT NULL,                          -- senderNumber; 0: no quota of a sender applies
  instances INTEGER NOT NULL,
  byte_length INTEGER NOT NULL,                     -- of Part 10 files
  expires_at INTEGER NOT NULL                       -- seconds since 1970, by the clock of this database
);
