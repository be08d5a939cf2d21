import type { Sharers } from '../../archive/access/sharers';
import type { StatementsOf } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { rowsOf } from '../statements/rows-of';

/** ?1: the principal. ?2: roles, JSON. ?3: the time. */
const NOTE = `
INSERT INTO sharer (principal, roles, seen_at) VALUES (?1, ?2, ?3)
ON CONFLICT (principal) DO UPDATE SET roles = excluded.roles, seen_at = excluded.seen_at
WHERE excluded.seen_at >= sharer.seen_at`;
const SEE = 'UPDATE sharer SET roles = ?2, seen_at = ?3 WHERE principal = ?1 AND seen_at <= ?3';
/** ?1: JSON array of principals. */
const FIND = 'SELECT principal, roles, seen_at FROM sharer WHERE principal IN (SELECT value FROM json_each(?1))';

interface Columns {
  readonly principal: string;
  readonly roles: string;
  readonly seen_at: number;
}

/** People who have made shares, in a D1 database. */
export function d1Sharers(database: StatementsOf): Sharers {
  const all = rowsOf(database);
  return {
    async note(principal, { roles, seenAt }) {
      await all(NOTE, principal, JSON.stringify(roles), seenAt);
    },
    async see(principal, { roles, seenAt }) {
      await all(SEE, principal, JSON.stringify(roles), seenAt);
    },
    async find(principals) {
      const rows: Columns[] = [];
      for (const { json } of jsonChunks(principals)) rows.push(...(await all<Columns>(FIND, json)));
      return new Map(rows.map((row) => [row.principal, { roles: JSON.parse(row.roles), seenAt: row.seen_at }]));
    },
  };
}
