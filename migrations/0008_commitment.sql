-- What became of requests for storage commitment (PS3.18 13): src/archive/commitment/commitments.ts. Each answer is kept for a
-- day, and at most 256 for each principal.
CREATE TABLE commitment (
  principal TEXT NOT NULL,                          -- Principal.id: a transaction belongs to who requested it
  transaction_uid TEXT NOT NULL,                    -- TransactionUID (0008,1195)
  request TEXT NOT NULL,                            -- names the request that wrote the row, which may write it twice
  answer TEXT NOT NULL,                             -- JSON: what was found of each instance
  created_at INTEGER NOT NULL,                      -- milliseconds since 1970
  PRIMARY KEY (principal, transaction_uid)
);
CREATE INDEX commitment_by_created_at ON commitment (created_at);
CREATE INDEX commitment_of_principal ON commitment (principal, created_at);
