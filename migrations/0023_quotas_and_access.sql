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

-- Keys, shares and people who share, as they are copied into the bucket: src/archive/access/access-copies.ts.
CREATE TABLE access_copy (
  kind TEXT NOT NULL,                               -- keys, shares or sharers
  id TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,              -- larger with each change and each copy; a copy has the milliseconds since 1970
  is_kept INTEGER NOT NULL DEFAULT 0,               -- 1: the bucket has the row as it is
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX access_copy_waiting ON access_copy (kind, id) WHERE is_kept = 0;

CREATE TRIGGER key_created AFTER INSERT ON api_key BEGIN
  INSERT INTO access_copy (kind, id) VALUES ('keys', NEW.id)
  ON CONFLICT (kind, id) DO UPDATE SET is_kept = 0, revision = revision + 1;
END;
-- The time of the last use is copied with the next change.
CREATE TRIGGER key_changed AFTER UPDATE OF name, roles, expires_at, revoked_at, labels, most_bytes, most_instances ON api_key BEGIN
  INSERT INTO access_copy (kind, id) VALUES ('keys', NEW.id)
  ON CONFLICT (kind, id) DO UPDATE SET is_kept = 0, revision = revision + 1;
END;
CREATE TRIGGER secret_created AFTER INSERT ON api_key_secret BEGIN
  INSERT INTO access_copy (kind, id) VALUES ('keys', NEW.key_id)
  ON CONFLICT (kind, id) DO UPDATE SET is_kept = 0, revision = revision + 1;
END;
CREATE TRIGGER secret_ended AFTER UPDATE OF ends_at ON api_key_secret BEGIN
  INSERT INTO access_copy (kind, id) VALUES ('keys', NEW.key_id)
  ON CONFLICT (kind, id) DO UPDATE SET is_kept = 0, revision = revision + 1;
END;
CREATE TRIGGER share_created AFTER INSERT ON share BEGIN
  INSERT INTO access_copy (kind, id) VALUES ('shares', NEW.id)
  ON CONFLICT (kind, id) DO UPDATE SET is_kept = 0, revision = revision + 1;
END;
-- How often a link was opened counts only where it can be opened so often.
CREATE TRIGGER share_changed AFTER UPDATE OF revoked_at, expires_at, uses ON share
WHEN NEW.uses = OLD.uses OR NEW.most_uses IS NOT NULL BEGIN
  INSERT INTO access_copy (kind, id) VALUES ('shares', NEW.id)
  ON CONFLICT (kind, id) DO UPDATE SET is_kept = 0, revision = revision + 1;
END;
CREATE TRIGGER sharer_created AFTER INSERT ON sharer BEGIN
  INSERT INTO access_copy (kind, id) VALUES ('sharers', NEW.principal)
  ON CONFLICT (kind, id) DO UPDATE SET is_kept = 0, revision = revision + 1;
END;
CREATE TRIGGER sharer_changed AFTER UPDATE OF roles ON sharer WHEN OLD.roles <> NEW.roles BEGIN
  INSERT INTO access_copy (kind, id) VALUES ('sharers', NEW.principal)
  ON CONFLICT (kind, id) DO UPDATE SET is_kept = 0, revision = revision + 1;
END;
