import { type ApiKey, type ApiKeys, LISTED_KEYS, USE_INTERVAL_MS } from '../../archive/access/api-keys';
import { retrying } from '../retries';

const COLUMNS = 'id, name, roles, created_at, created_by, expires_at, last_used_at, revoked_at';

const LIST = `SELECT ${COLUMNS} FROM api_key ORDER BY created_at DESC, id LIMIT ?1`;
const GET = `SELECT ${COLUMNS} FROM api_key WHERE id = ?1`;

const FIND = `
SELECT ${COLUMNS}, ends_at FROM api_key_secret JOIN api_key ON api_key.id = api_key_secret.key_id WHERE digest = ?1`;

const CREATE = `
INSERT INTO api_key (id, name, roles, created_at, created_by, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (id) DO NOTHING`;

/** Only for a key that can be used: a revoked one gets no new secret. */
const ADD_SECRET = `
INSERT INTO api_key_secret (digest, key_id) SELECT ?2, id FROM api_key WHERE id = ?1 AND revoked_at IS NULL
ON CONFLICT (digest) DO NOTHING`;

/**
 * A secret that ends earlier already still does. When the statement is tried again and another renewal has come in between,
 * the secret of that one stays.
 */
const END_OTHERS = `
UPDATE api_key_secret SET ends_at = min(coalesce(ends_at, ?3), ?3)
WHERE key_id = ?1 AND digest <> ?2 AND EXISTS (SELECT 1 FROM api_key WHERE id = ?1 AND revoked_at IS NULL)
  AND EXISTS (SELECT 1 FROM api_key_secret AS own WHERE own.digest = ?2 AND own.ends_at IS NULL)`;

const EXTEND = 'UPDATE api_key SET expires_at = ?2 WHERE id = ?1 AND revoked_at IS NULL';

const REVOKE = 'UPDATE api_key SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1';

const NOTE_USE = `
UPDATE api_key SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at <= ?2 - ?3)`;

interface Columns {
  readonly id: string;
  readonly name: string;
  readonly roles: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number;
  readonly last_used_at: number | null;
  readonly revoked_at: number | null;
}

type Call = readonly [sql: string, ...values: (string | number)[]];

/** The API keys of one archive in a D1 database. */
export function d1ApiKeys(database: D1Database): ApiKeys {
  // From the primary, so that a revocation is seen by the next look-up.
  const run = async <Row = Columns>(...calls: Call[]): Promise<Row[]> => {
    const session = database.withSession('first-primary');
    const statements = calls.map(([sql, ...values]) => session.prepare(sql).bind(...values));
    const [only] = statements;
    if (statements.length === 1 && only !== undefined) return (await retrying(() => only.all<Row>())).results;
    return (await retrying(() => session.batch<Row>(statements))).at(-1)?.results ?? [];
  };
  return {
    async list() {
      return (await run([LIST, LISTED_KEYS])).map(keyOf);
    },
    async get(id) {
      return (await run([GET, id])).map(keyOf)[0];
    },
    async find(digest) {
      const [row] = await run<Columns & { ends_at: number | null }>([FIND, digest]);
      if (row === undefined) return undefined;
      return { ...keyOf(row), ...(row.ends_at !== null && { secretEndsAt: row.ends_at }) };
    },
    async create({ id, name, roles, createdAt, createdBy, expiresAt }, digest) {
      await run([CREATE, id, name, JSON.stringify(roles), createdAt, createdBy, expiresAt], [ADD_SECRET, id, digest]);
    },
    async renew(id, { digest, oldEndsAt, expiresAt }) {
      const rows = await run(
        [ADD_SECRET, id, digest],
        [END_OTHERS, id, digest, oldEndsAt],
        [EXTEND, id, expiresAt],
        [GET, id],
      );
      return rows.map(keyOf)[0];
    },
    async revoke(id, now) {
      return (await run([REVOKE, id, now], [GET, id])).map(keyOf)[0];
    },
    async noteUse(id, now) {
      await run([NOTE_USE, id, now, USE_INTERVAL_MS]);
    },
  };
}

function keyOf(row: Columns): ApiKey {
  return {
    id: row.id,
    name: row.name,
    roles: JSON.parse(row.roles),
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}
