import type { SessionUpload, UploadSession, UploadSessions } from '../../archive/upload/upload-sessions';
import { SESSION_MS } from '../../archive/upload/upload-sessions';
import type { StatementsOf } from '../statements/d1-client';
import { retrying } from '../statements/retries';
import type { SqlValue } from '../statements/sql-fragment';

const COLUMNS = `id, principal, created_at AS createdAt, expires_at AS expiresAt, closed_at AS closedAt`;

const CREATE = `
INSERT INTO upload_session (id, principal, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at) RETURNING ${COLUMNS}`;

/** A session does not expire while an upload of it does not. */
const IS_UNDER_WAY = `EXISTS (
  SELECT 1 FROM upload WHERE upload.session_id = upload_session.id AND upload.state IN ('receiving', 'received'))`;

/** ?1: the id. ?2: the principal. ?3: now. ?4: when it expires. */
const VISIT = `
UPDATE upload_session SET expires_at = max(expires_at, ?4)
WHERE id = ?1 AND principal = ?2 AND (expires_at > ?3 OR ${IS_UNDER_WAY}) RETURNING ${COLUMNS}`;

const WITHOUT_PARTIAL = `session_id = ?1 AND (concat IS NULL OR partials IS NOT NULL)`;

const UPLOADS = `
SELECT id, state, reason, byte_offset AS "offset", byte_length AS byteLength, metadata FROM upload
WHERE ${WITHOUT_PARTIAL} ORDER BY created_at, id`;

/** ?2: now. */
const CLOSE = `
UPDATE upload_session SET closed_at = coalesce(closed_at, ?2)
WHERE id = ?1 AND NOT EXISTS (
  SELECT 1 FROM upload WHERE ${WITHOUT_PARTIAL} AND state IN ('receiving', 'received'))
RETURNING id`;

/** ?1: now. Uploads without their session are reclaimed when they expire. */
const FORGET = `
DELETE FROM upload_session WHERE id IN (
  SELECT id FROM upload_session WHERE expires_at <= ?1 AND NOT ${IS_UNDER_WAY} ORDER BY expires_at LIMIT 1000)`;

type Row = Omit<UploadSession, 'closedAt'> & { closedAt: number | null };

/** The upload sessions of an archive, in a D1 database. */
export function d1UploadSessions(database: StatementsOf): UploadSessions {
  const all = async <Found>(statement: string, ...values: SqlValue[]): Promise<Found[]> =>
    (
      await retrying(() =>
        database
          .withSession('first-primary')
          .prepare(statement)
          .bind(...values)
          .all<Found>(),
      )
    ).results;
  return {
    async create({ id, principal, createdAt, expiresAt }) {
      const [row] = await all<Row>(CREATE, id, principal, createdAt, expiresAt);
      return sessionOf(row!);
    },
    async visit(id, principal, now) {
      const [row] = await all<Row>(VISIT, id, principal, now, now + SESSION_MS);
      return row && sessionOf(row);
    },
    async uploads(id) {
      const rows = await all<Omit<SessionUpload, 'reason'> & { reason: string | null }>(UPLOADS, id);
      return rows.map(({ reason, ...upload }) => ({ ...upload, ...(reason !== null && { reason }) }));
    },
    async close(id, now) {
      return (await all(CLOSE, id, now)).length > 0;
    },
    async forgetExpired(now) {
      await all(FORGET, now);
    },
  };
}

function sessionOf({ closedAt, ...session }: Row): UploadSession {
  return { ...session, ...(closedAt !== null && { closedAt }) };
}
