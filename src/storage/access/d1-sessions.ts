import { type Session, type Sessions, SIGN_IN_MS } from '../../archive/access/sessions';
import type { StatementsOf } from '../statements/d1-client';
import { retrying } from '../statements/retries';
import { transactionOf } from '../statements/transaction-of';

const BEGIN = `
INSERT INTO session (id, principal, name, roles, tokens, begun_at, seen_at, ends_at, renew_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING`;

const FIND = `
SELECT id, principal, name, roles, tokens, begun_at, seen_at, ends_at, renew_at FROM session WHERE id = ?1`;

const NOTE_USE = 'UPDATE session SET seen_at = max(seen_at, ?2) WHERE id = ?1';

const CLAIM = `
UPDATE session SET claimed_by = ?2, claimed_until = ?4
WHERE id = ?1 AND renew_at <= ?3 AND (claimed_until <= ?3 OR claimed_by = ?2) RETURNING id`;

const RENEW = `
UPDATE session SET name = ?3, roles = ?4, tokens = ?5, renew_at = ?6, claimed_by = NULL, claimed_until = 0
WHERE id = ?1 AND claimed_by = ?2`;

const END = 'DELETE FROM session WHERE id = ?1';

const USE_STATE = `
INSERT INTO used_sign_in (state, used_by, used_at) VALUES (?1, ?2, ?3)
ON CONFLICT (state) DO UPDATE SET used_by = excluded.used_by WHERE used_by = excluded.used_by RETURNING state`;

/** Rows that one run deletes at most. */
const FORGOTTEN = 1000;

const FORGET_SESSIONS = `
DELETE FROM session WHERE id IN (SELECT id FROM session WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ${FORGOTTEN})`;
const FORGET_STATES = `
DELETE FROM used_sign_in WHERE state IN (
  SELECT state FROM used_sign_in WHERE used_at <= ?1 ORDER BY used_at LIMIT ${FORGOTTEN})`;

interface Columns {
  id: string;
  principal: string;
  name: string | null;
  roles: string;
  tokens: string;
  begun_at: number;
  seen_at: number;
  ends_at: number;
  renew_at: number | null;
}

/** The sessions of a deployment in a D1 database. */
export function d1Sessions(database: StatementsOf): Sessions {
  const prepare = (sql: string, values: readonly (string | number | null)[]) =>
    database
      .withSession('first-primary')
      .prepare(sql)
      .bind(...values);
  const all = async <Row>(sql: string, ...values: (string | number | null)[]): Promise<Row[]> =>
    (await retrying(() => prepare(sql, values).all<Row>())).results;
  return {
    async begin({ id, principal, name = null, roles, tokens, begunAt, seenAt, endsAt, renewAt = null }) {
      await all(BEGIN, id, principal, name, JSON.stringify(roles), tokens, begunAt, seenAt, endsAt, renewAt);
    },
    async find(id) {
      const [row] = await all<Columns>(FIND, id);
      return row && sessionOf(row);
    },
    async noteUse(id, now) {
      await all(NOTE_USE, id, now);
    },
    async claimRenewal(id, claimant, now, until) {
      return (await all(CLAIM, id, claimant, now, until)).length > 0;
    },
    async renew(id, claimant, { name = null, roles, tokens, renewAt = null }) {
      await all(RENEW, id, claimant, name, JSON.stringify(roles), tokens, renewAt);
    },
    async end(id) {
      await all(END, id);
    },
    async useState(state, user, now) {
      return (await all(USE_STATE, state, user, now)).length > 0;
    },
    async forgetOld(now) {
      await transactionOf(database)([
        [FORGET_SESSIONS, now],
        [FORGET_STATES, now - 2 * SIGN_IN_MS],
      ]);
    },
  };
}

function sessionOf({ id, principal, name, roles, tokens, begun_at, seen_at, ends_at, renew_at }: Columns): Session {
  return {
    id,
    principal,
    ...(name === null ? {} : { name }),
    roles: JSON.parse(roles),
    tokens,
    begunAt: begun_at,
    seenAt: seen_at,
    endsAt: ends_at,
    ...(renew_at === null ? {} : { renewAt: renew_at }),
  };
}
