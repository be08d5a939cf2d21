import { KEPT_ANSWER_MS, type KeptAnswers } from '../archive/store/kept-answers';
import type { StatementsOf } from './statements/d1-client';
import { rowsOf } from './statements/rows-of';

const RECALL = 'SELECT fingerprint, status, headers, body FROM kept_answer WHERE key = ?1 AND created_at > ?2';

/** A response that is still kept is not replaced. */
const KEEP = `
INSERT INTO kept_answer (key, fingerprint, status, headers, body, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
  headers = excluded.headers, body = excluded.body, created_at = excluded.created_at
WHERE kept_answer.created_at <= ?7`;

const FORGET = 'DELETE FROM kept_answer WHERE created_at <= ?1';

interface Columns {
  fingerprint: string;
  status: number;
  headers: string;
  body: string;
}

/** The kept responses of one archive in a D1 database. */
export function d1Answers(database: StatementsOf): KeptAnswers {
  const all = rowsOf(database);
  return {
    async recall(key, now) {
      const [row] = await all<Columns>(RECALL, key, now - KEPT_ANSWER_MS);
      return row && { ...row, headers: JSON.parse(row.headers) };
    },
    async keep(key, { fingerprint, status, headers, body }, now) {
      await all(KEEP, key, fingerprint, status, JSON.stringify(headers), body, now, now - KEPT_ANSWER_MS);
    },
    async forgetOld(now) {
      await all(FORGET, now - KEPT_ANSWER_MS);
    },
  };
}
