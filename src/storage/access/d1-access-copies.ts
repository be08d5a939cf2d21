import type { AccessCopies, AccessCopy, AccessKind, AccessRow } from '../../archive/access/access-copies';
import type { StatementsOf } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { transactionOf } from '../statements/transaction-of';

/** ?1: how many. */
const WAITING = 'SELECT kind, id FROM access_copy WHERE is_kept = 0 ORDER BY kind, id LIMIT ?1';
const waiting = (kind: AccessKind) => `IN (SELECT id FROM (${WAITING}) WHERE kind = '${kind}')`;

/** A copy's revision is larger by this at least, so that triggers of its restoration do not come up to it. */
const STEP = 1000;

/** ?1: how many. ?2: now. */
const NUMBER = `
UPDATE access_copy SET revision = max(revision + ${STEP}, ?2) WHERE (kind, id) IN (${WAITING}) RETURNING kind, id, revision`;

/** One transaction with NUMBER: a larger revision has rows that are not older. ?1: how many. */
const KEYS = `SELECT * FROM api_key WHERE id ${waiting('keys')}`;
const SECRETS = `SELECT * FROM api_key_secret WHERE key_id ${waiting('keys')}`;
const SHARES = `SELECT * FROM share WHERE id ${waiting('shares')}`;
const SHARERS = `SELECT * FROM sharer WHERE principal ${waiting('sharers')}`;

/** ?1: JSON of copies. */
const NOTE_KEPT = `
UPDATE access_copy SET is_kept = 1
WHERE (kind, id, revision) IN (SELECT value ->> 'kind', value ->> 'id', value ->> 'revision' FROM json_each(?1))`;

/** Notes the next ones of a kind that were there before access_copy, and how far it has come. ?1: how many. */
const addUnknown = ([kind, table, id]: readonly [AccessKind, string, string]): readonly string[] => {
  const next = `SELECT ${id} AS id FROM ${table}
    WHERE ${id} > (SELECT id FROM access_position WHERE kind = '${kind}') ORDER BY ${id} LIMIT ?1`;
  return [
    `INSERT INTO access_copy (kind, id) SELECT '${kind}', id FROM (${next}) WHERE true ON CONFLICT DO NOTHING`,
    `DELETE FROM access_position WHERE kind = '${kind}' AND (SELECT count(*) FROM (${next})) < ?1`,
    `UPDATE access_position SET id = (SELECT max(id) FROM (${next})) WHERE kind = '${kind}'`,
  ];
};

const TABLES = [
  ['keys', 'api_key', 'id'],
  ['shares', 'share', 'id'],
  ['sharers', 'sharer', 'principal'],
] as const;

/** Columns of a copy's row. */
const COLUMNS: Readonly<Record<AccessKind, readonly string[]>> = {
  keys: [
    ...['id', 'name', 'roles', 'created_at', 'created_by', 'expires_at', 'last_used_at', 'revoked_at', 'labels'],
    ...['most_bytes', 'most_instances'],
  ],
  shares: [
    ...['id', 'digest', 'study_instance_uid', 'series_instance_uid', 'download', 'note', 'created_at', 'created_by'],
    ...['expires_at', 'most_uses', 'uses', 'passphrase', 'wrong_passphrases', 'deidentification', 'revoked_at'],
  ],
  sharers: ['principal', 'roles', 'seen_at'],
};

/** What of a row that is there stays, whatever the copy says. */
const MERGED: Readonly<Record<string, string>> = {
  last_used_at: 'max(coalesce(api_key.last_used_at, 0), coalesce(excluded.last_used_at, 0))',
  uses: 'max(share.uses, excluded.uses)',
  wrong_passphrases: 'max(share.wrong_passphrases, excluded.wrong_passphrases)',
};

/** ?1: JSON of copies. Those of which the index does not have a newer state. */
const NEWER = `json_each(?1) AS j LEFT JOIN access_copy
  ON access_copy.kind = j.value ->> 'kind' AND access_copy.id = j.value ->> 'id'
WHERE coalesce(access_copy.revision, -1) < j.value ->> 'revision'`;

function restoreRows([kind, table, id]: readonly [AccessKind, string, string]): string {
  const columns = COLUMNS[kind];
  const values = columns.map((column) => `j.value ->> '$.row.${column}'`);
  const changes = columns
    .filter((column) => column !== id)
    .map((column) => {
      const merged = column === 'revoked_at' ? `coalesce(${table}.revoked_at, excluded.revoked_at)` : MERGED[column];
      return `${column} = ${merged ?? `excluded.${column}`}`;
    });
  return `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${NEWER} AND j.value ->> 'kind' = '${kind}'
  ON CONFLICT (${id}) DO UPDATE SET ${changes.join(', ')}`;
}

/** What is revoked in a copy is revoked here, whichever is newer. ?1: JSON of copies. */
const revokeRows = (table: string, kind: AccessKind) => `
UPDATE ${table} SET revoked_at = (
  SELECT value ->> '$.row.revoked_at' FROM json_each(?1) WHERE value ->> 'kind' = '${kind}' AND value ->> 'id' = ${table}.id)
WHERE revoked_at IS NULL AND id IN (
  SELECT value ->> 'id' FROM json_each(?1) WHERE value ->> 'kind' = '${kind}' AND value ->> '$.row.revoked_at' IS NOT NULL)`;

/** The order matters: the last statement makes the index as new as the copies. ?1: JSON of copies. */
const RESTORE = [
  ...TABLES.map(restoreRows),
  `DELETE FROM api_key_secret WHERE key_id IN (SELECT j.value ->> 'id' FROM ${NEWER} AND j.value ->> 'kind' = 'keys')`,
  `INSERT INTO api_key_secret (digest, key_id, ends_at)
  SELECT secret.value ->> 'digest', secret.value ->> 'key_id', secret.value ->> 'ends_at'
  FROM (SELECT j.value AS copy FROM ${NEWER} AND j.value ->> 'kind' = 'keys') CROSS JOIN json_each(copy, '$.secrets') AS secret
  WHERE true ON CONFLICT (digest) DO NOTHING`,
  revokeRows('api_key', 'keys'),
  revokeRows('share', 'shares'),
  `UPDATE access_copy SET revision = max(revision, copy.value ->> 'revision') FROM json_each(?1) AS copy
  WHERE access_copy.kind = copy.value ->> 'kind' AND access_copy.id = copy.value ->> 'id'`,
];

/** What the bucket has of an archive's keys and shares, in a D1 database. */
export function d1AccessCopies(database: StatementsOf): AccessCopies {
  const transaction = transactionOf(database);
  return {
    async changed(limit, now) {
      const found = await transaction<AccessRow>([
        [NUMBER, limit, now],
        ...[KEYS, SECRETS, SHARES, SHARERS].map((sql) => [sql, limit] as const),
      ]);
      const [numbers = [], keys = [], secrets = [], shares = [], sharers = []] = found;
      const rows: Readonly<Record<AccessKind, readonly AccessRow[]>> = { keys, shares, sharers };
      return numbers.flatMap((number) => {
        const { kind, id, revision } = number as unknown as Pick<AccessCopy, 'kind' | 'id' | 'revision'>;
        const row = rows[kind].find((each) => (kind === 'sharers' ? each.principal : each.id) === id);
        if (row === undefined) return [];
        const ofKey = kind === 'keys' && { secrets: secrets.filter(({ key_id }) => key_id === id) };
        return [{ kind, id, revision, row, ...ofKey }];
      });
    },
    async noteKept(copies) {
      const named = copies.map(({ kind, id, revision }) => ({ kind, id, revision }));
      await transaction(jsonChunks(named).map(({ json }) => [NOTE_KEPT, json]));
    },
    async addUnknown(limit) {
      await transaction(TABLES.flatMap(addUnknown).map((sql) => [sql, limit]));
    },
    async restore(copies) {
      for (const { json } of jsonChunks(copies)) await transaction(RESTORE.map((sql) => [sql, json]));
    },
  };
}
