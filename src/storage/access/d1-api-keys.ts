import { type ApiKey, type ApiKeys, LISTED_KEYS, USE_INTERVAL_MS } from '../../archive/access/api-keys';
import type { StoreQuota } from '../../archive/visibility';
import type { StatementsOf } from '../statements/d1-client';
import { retrying } from '../statements/retries';

const COLUMNS =
  'id, name, roles, created_at, created_by, expires_at, last_used_at, revoked_at, labels, most_bytes, most_instances';

const LIST = `SELECT ${COLUMNS} FROM api_key ORDER BY created_at DESC, id LIMIT ?1`;
const GET = `SELECT ${COLUMNS} FROM api_key WHERE id = ?1`;

const FIND = `
SELECT ${COLUMNS}, ends_at FROM api_key_secret JOIN api_key ON api_key.id = api_key_secret.key_id WHERE digest = ?1`;

/** ?1: digits. ?2: the limit. */
const DIGESTS = `
SELECT substr(digest, 1, ?1) AS digest FROM api_key_secret
  JOIN api_key ON api_key.id = api_key_secret.key_id AND revoked_at IS NULL
LIMIT ?2`;

const CREATE = `
INSERT INTO api_key (id, name, roles, created_at, created_by, expires_at, labels, most_bytes, most_instances)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (id) DO NOTHING`;

/** Adds a secret to a key, unless the key is revoked. */
const ADD_SECRET = `
INSERT INTO api_key_secret (digest, key_id) SELECT ?2, id FROM api_key WHERE id = ?1 AND revoked_at IS NULL
ON CONFLICT (digest) DO NOTHING`;

/**
 * Ends the other secrets of a key. One that ends earlier already still does. When the statement is tried again and
 * another renewal has come in between, the secret of that one stays.
 */
const END_OTHERS = `
UPDATE api_key_secret SET ends_at = min(coalesce(ends_at, ?3), ?3)
WHERE key_id = ?1 AND digest <> ?2 AND EXISTS (SELECT 1 FROM api_key WHERE id = ?1 AND revoked_at IS NULL)
  AND EXISTS (SELECT 1 FROM api_key_secret AS own WHERE own.digest = ?2 AND own.ends_at IS NULL)`;

const EXTEND = 'UPDATE api_key SET expires_at = ?2 WHERE id = ?1 AND revoked_at IS NULL';

const REVOKE = 'UPDATE api_key SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1';

const CHANGE_LABELS = 'UPDATE api_key SET labels = ?2 WHERE id = ?1';
const CHANGE_QUOTA = 'UPDATE api_key SET most_bytes = ?2, most_instances = ?3 WHERE id = ?1';

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
  readonly labels: string;
  readonly most_bytes: number | null;
  readonly most_instances: number | null;
}

type Call = readonly [sql: string, ...values: (string | number | null)[]];

/** The API keys of one archive in a D1 database. */
export function d1ApiKeys(database: StatementsOf): ApiKeys {
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
    async digests(digits, limit) {
      return (await run<{ digest: string }>([DIGESTS, digits, limit])).map(({ digest }) => digest);
    },
    async find(digest) {
      const [row] = await run<Columns & { ends_at: number | null }>([FIND, digest]);
      if (row === undefined) return undefined;
      return { ...keyOf(row), ...(row.ends_at !== null && { secretEndsAt: row.ends_at }) };
    },
    async create({ id, name, roles, createdAt, createdBy, expiresAt, labels = [], quota }, digest) {
      const columns = [
        id,
        name,
        JSON.stringify(roles),
        createdAt,
        createdBy,
        expiresAt,
        JSON.stringify(labels),
      ] as const;
      await run([CREATE, ...columns, ...limitsOf(quota)], [ADD_SECRET, id, digest]);
    },
    async change(id, { labels, quota }) {
      const calls: Call[] = [
        ...(labels === undefined ? [] : [[CHANGE_LABELS, id, JSON.stringify(labels)] as const]),
        ...(quota === undefined ? [] : [[CHANGE_QUOTA, id, ...limitsOf(quota)] as const]),
      ];
      return (await run(...calls, [GET, id])).map(keyOf)[0];
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

function limitsOf(quota: StoreQuota | null | undefined): [bytes: number | null, instances: number | null] {
  return [quota?.bytes ?? null, quota?.instances ?? null];
}

function keyOf(row: Columns): ApiKey {
  const quota = {
    ...(row.most_bytes !== null && { bytes: row.most_bytes }),
    ...(row.most_instances !== null && { instances: row.most_instances }),
  };
  return {
    id: row.id,
    name: row.name,
    roles: JSON.parse(row.roles),
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.labels !== '[]' && { labels: JSON.parse(row.labels) }),
    ...(Object.keys(quota).length > 0 && { quota }),
  };
}
