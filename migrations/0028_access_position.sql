-- How far the keys, shares and sharers from before 0023_quotas_and_access.sql are noted in access_copy: an hourly run notes some, and
-- does not look at all of them again. The row of a kind goes when its end is reached.
CREATE TABLE access_position (
  kind TEXT PRIMARY KEY,                            -- as in access_copy
  id TEXT NOT NULL                                  -- all up to this one are noted
) WITHOUT ROWID;
INSERT INTO access_position VALUES ('keys', ''), ('shares', ''), ('sharers', '');
