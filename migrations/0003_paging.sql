-- Where a client's paging through a search began: what was stored later is left out of its further pages (PS3.18 8.3.4.4).
CREATE TABLE search_mark (
  key TEXT PRIMARY KEY,                             -- digest of who asks and of the search: src/archive/search/paging.ts
  newest_row INTEGER NOT NULL,                      -- id of the newest row of the level searched, at the first page
  created_at INTEGER NOT NULL                       -- milliseconds since 1970
) WITHOUT ROWID;
