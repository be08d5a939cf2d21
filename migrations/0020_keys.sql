-- Who has sent what: for quotas that are exact and get their room back, and for storage commitment to senders.

-- The principal that sent the instance: senderNumber of src/storage/commit/sender-number.ts; below 0: a sender without a quota.
-- NULL: not known, as in rows of earlier releases, for which series_sender of 0014_confinement.sql says who stored to the series.
-- The records of removed instances have it too.
ALTER TABLE instance ADD COLUMN sender INTEGER;

-- Principals that have sent the same bytes later.
CREATE TABLE further_sender (
  series_id INTEGER NOT NULL,
  instance_id INTEGER NOT NULL,                     -- its row goes with that of the instance
  sender INTEGER NOT NULL,                          -- its number, above 0
  PRIMARY KEY (series_id, instance_id, sender)
) WITHOUT ROWID;
CREATE TRIGGER further_sender_deleted AFTER DELETE ON instance BEGIN
  DELETE FROM further_sender WHERE series_id = OLD.series_id AND instance_id = OLD.id;
END;
CREATE TRIGGER further_sender_outdated AFTER UPDATE OF version ON instance WHEN OLD.version <> NEW.version BEGIN
  DELETE FROM further_sender WHERE series_id = NEW.series_id AND instance_id = NEW.id;
END;

-- What senders with a quota take up: instances that count, and removed ones whose files still exist. The triggers keep it,
-- whatever changes the rows. stored_total of 0014_confinement.sql stays as it is: what it has counted is not given back.
CREATE TABLE sender_total (
  sender INTEGER PRIMARY KEY,
  instances INTEGER NOT NULL,
  byte_length INTEGER NOT NULL                      -- of Part 10 files
);
CREATE TRIGGER sender_instance_inserted AFTER INSERT ON instance WHEN NEW.sender > 0 BEGIN
  INSERT INTO sender_total VALUES (NEW.sender, 1, NEW.byte_length) ON CONFLICT (sender) DO UPDATE
  SET instances = instances + 1, byte_length = sender_total.byte_length + excluded.byte_length;
END;
CREATE TRIGGER sender_instance_deleted AFTER DELETE ON instance WHEN OLD.sender > 0 BEGIN
  UPDATE sender_total SET instances = instances - 1, byte_length = byte_length - OLD.byte_length WHERE sender = OLD.sender;
END;
CREATE TRIGGER sender_instance_replaced AFTER UPDATE OF sender, byte_length ON instance
WHEN (OLD.sender > 0 OR NEW.sender > 0) AND (OLD.sender IS NOT NEW.sender OR OLD.byte_length <> NEW.byte_length) BEGIN
  UPDATE sender_total SET instances = instances - 1, byte_length = byte_length - OLD.byte_length WHERE sender = OLD.sender;
  INSERT INTO sender_total SELECT NEW.sender, 1, NEW.byte_length WHERE NEW.sender > 0
  ON CONFLICT (sender) DO UPDATE SET instances = instances + 1, byte_length = sender_total.byte_length + excluded.byte_length;
END;
CREATE TRIGGER sender_removal_inserted AFTER INSERT ON removal WHEN NEW.record ->> 'sender' > 0 BEGIN
  INSERT INTO sender_total VALUES (NEW.record ->> 'sender', 1, coalesce(NEW.byte_length, 0)) ON CONFLICT (sender) DO UPDATE
  SET instances = instances + 1, byte_length = sender_total.byte_length + excluded.byte_length;
END;
CREATE TRIGGER sender_removal_deleted AFTER DELETE ON removal WHEN OLD.record ->> 'sender' > 0 BEGIN
  UPDATE sender_total SET instances = instances - 1, byte_length = byte_length - coalesce(OLD.byte_length, 0)
  WHERE sender = OLD.record ->> 'sender';
END;

-- Makes a transaction fail that has taken in more than a quota allows: what is held now is inserted here, and nothing is kept.
CREATE VIEW held_now (instances, byte_length, most_instances, most_bytes) AS SELECT NULL, NULL, NULL, NULL WHERE false;
CREATE TRIGGER beyond_quota INSTEAD OF INSERT ON held_now
WHEN NEW.instances > NEW.most_instances OR NEW.byte_length > NEW.most_bytes BEGIN
  SELECT RAISE(ABORT, 'beyond a quota');
END;

-- People who have made shares, as they were last known: src/archive/access/sharers.ts. Only the deployment's own archive uses it.
CREATE TABLE sharer (
  principal TEXT PRIMARY KEY,                       -- Principal.id
  roles TEXT NOT NULL,                              -- JSON array of names, as the last token or session said
  seen_at INTEGER NOT NULL                          -- to about an hour
) WITHOUT ROWID;
