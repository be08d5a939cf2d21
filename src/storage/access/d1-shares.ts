import { LISTED_SHARES, MOST_WRONG_PASSPHRASES, type Share, type Shares } from '../../archive/access/shares';
import type { StatementsOf } from '../statements/d1-client';
import { retrying } from '../statements/retries';

const CREATE = `INSERT INTO share (id, digest, study_instance_uid, series_instance_uid, download, note, created_at, created_by,
    expires_at, most_uses, uses, passphrase, deidentification)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12) ON CONFLICT (id) DO NOTHING`;

const LIST = 'SELECT * FROM share WHERE VISIBLE ORDER BY created_at DESC, id LIMIT ?1';
const GET = 'SELECT * FROM share WHERE id = ?1 AND VISIBLE';
const FIND = 'SELECT * FROM share WHERE digest = ?1';

/** ?1: digits. ?2: the limit. */
const DIGESTS = 'SELECT substr(digest, 1, ?1) AS digest FROM share WHERE revoked_at IS NULL LIMIT ?2';

const USE = `UPDATE share SET uses = uses + 1
  WHERE id = ?1 AND revoked_at IS NULL AND expires_at > ?2 AND (most_uses IS NULL OR uses < most_uses) RETURNING id`;

const BEGIN_ATTEMPT = `UPDATE share SET wrong_passphrases = wrong_passphrases + 1
  WHERE id = ?1 AND revoked_at IS NULL AND wrong_passphrases < ?2 RETURNING id`;

const END_RIGHT = 'UPDATE share SET wrong_passphrases = wrong_passphrases - 1 WHERE id = ?1 AND wrong_passphrases > 0';
const END_WRONG = `UPDATE share SET revoked_at = ?2
  WHERE id = ?1 AND revoked_at IS NULL AND wrong_passphrases >= ?3`;

const REVOKE = 'UPDATE share SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1 AND VISIBLE RETURNING *';

/** ?1: the maker. ?2: now. Those that a first try has revoked are returned again. */
const REVOKE_ALL = `UPDATE share SET revoked_at = ?2
  WHERE created_by = ?1 AND (revoked_at IS NULL OR revoked_at = ?2) RETURNING id`;

/** ?1: StudyInstanceUID. ?2: SeriesInstanceUID; NULL: of the study and all its series. ?3: now. */
const REVOKE_WITHIN = `UPDATE share SET revoked_at = ?3
  WHERE study_instance_uid = ?1 AND (?2 IS NULL OR series_instance_uid = ?2) AND revoked_at IS NULL`;

/** A principal that sees a part of the archive sees the shares of those studies, and those that it made. */
const IN_PART = `(created_by = PRINCIPAL
  OR EXISTS (SELECT 1 FROM study WHERE study.study_instance_uid = share.study_instance_uid))`;

interface Columns {
  readonly id: string;
  readonly study_instance_uid: string;
  readonly series_instance_uid: string | null;
  readonly download: number;
  readonly note: string | null;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number;
  readonly most_uses: number | null;
  readonly uses: number;
  readonly passphrase: string | null;
  readonly deidentification: string | null;
  readonly revoked_at: number | null;
}

/**
 * The shares of one archive in a D1 database.
 * @param principal Principal.id of a principal that sees a part of the archive through `database`; undefined: the whole archive
 */
export function d1Shares(database: StatementsOf, principal?: string): Shares {
  const prepared = (sql: string, values: readonly (string | number | null)[]) =>
    // From the primary, so that a revocation is seen by the next look-up.
    database
      .withSession('first-primary')
      .prepare(sql)
      .bind(...values);
  const run = async (sql: string, ...values: (string | number | null)[]): Promise<Share[]> =>
    (await retrying(() => prepared(sql, values).all<Columns>())).results.map(shareOf);
  const runOnVisible = (sql: string, ...values: (string | number)[]): Promise<Share[]> => {
    if (principal === undefined) return run(sql.replace('VISIBLE', 'TRUE'), ...values);
    const inPart = IN_PART.replace('PRINCIPAL', `?${values.length + 1}`);
    return run(sql.replace('VISIBLE', inPart), ...values, principal);
  };

  return {
    async create(share, digest) {
      await run(CREATE, share.id, digest, ...valuesOf(share));
    },
    list: () => runOnVisible(LIST, LISTED_SHARES),
    async get(id) {
      return (await runOnVisible(GET, id))[0];
    },
    async find(digest) {
      return (await run(FIND, digest))[0];
    },
    async digests(digits, limit) {
      const found = await retrying(() => prepared(DIGESTS, [digits, limit]).all<{ digest: string }>());
      return found.results.map(({ digest }) => digest);
    },
    async use(id, now) {
      // Not repeated: a repetition would count an opening twice, and could refuse the last one.
      return (await prepared(USE, [id, now]).all()).results.length > 0;
    },
    async beginAttempt(id) {
      // Not repeated: a repetition would count an attempt twice.
      return (await prepared(BEGIN_ATTEMPT, [id, MOST_WRONG_PASSPHRASES]).all()).results.length > 0;
    },
    async endAttempt(id, isRight, now) {
      if (isRight) await prepared(END_RIGHT, [id]).all();
      else await run(END_WRONG, id, now, MOST_WRONG_PASSPHRASES);
    },
    async revoke(id, now) {
      return (await runOnVisible(REVOKE, id, now))[0];
    },
    async revokeAll(createdBy, now) {
      const revoked = await retrying(() => prepared(REVOKE_ALL, [createdBy, now]).all<{ id: string }>());
      return revoked.results.map(({ id }) => id);
    },
    async revokeWithin({ studyInstanceUID, seriesInstanceUID }, now) {
      await run(REVOKE_WITHIN, studyInstanceUID, seriesInstanceUID ?? null, now);
    },
  };
}

/** The values of CREATE after the id and the digest. */
function valuesOf(share: Parameters<Shares['create']>[0]): (string | number | null)[] {
  const { scope, download, note, createdAt, createdBy, expiresAt, mostUses, passphrase, deidentification } = share;
  return [
    scope.studyInstanceUID,
    scope.seriesInstanceUID ?? null,
    Number(download),
    note ?? null,
    createdAt,
    createdBy,
    expiresAt,
    mostUses ?? null,
    passphrase ?? null,
    deidentification ?? null,
  ];
}

function shareOf(row: Columns): Share {
  return {
    id: row.id,
    scope: {
      studyInstanceUID: row.study_instance_uid,
      ...(row.series_instance_uid !== null && { seriesInstanceUID: row.series_instance_uid }),
    },
    download: row.download === 1,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    uses: row.uses,
    ...(row.note !== null && { note: row.note }),
    ...(row.most_uses !== null && { mostUses: row.most_uses }),
    ...(row.passphrase !== null && { passphrase: row.passphrase }),
    ...(row.deidentification !== null && { deidentification: row.deidentification }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}
