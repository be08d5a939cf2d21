import {
  COMMITMENT_MS,
  COMMITMENTS_KEPT,
  type Commitments,
  type CommittableRow,
} from '../archive/commitment/commitments';
import { senderNumber } from './commit/sender-number';
import { countingAside } from './commit/sql/aside-sql';
import { sentBy } from './commit/sql/sender-sql';
import { DIGEST, SOP_CLASS_UID } from './instance-form';
import { instancesNamed } from './search/uid-sql';
import type { StatementsOf } from './statements/d1-client';
import { jsonChunks } from './statements/json-chunks';
import { rowsOf } from './statements/rows-of';

const FIND = `
SELECT study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID, sop_instance_uid AS sopInstanceUID,
  ${SOP_CLASS_UID} AS sopClassUID, version, instance.byte_length AS byteLength, ${DIGEST} AS digest,
  SENT AS isSent
FROM (${instancesNamed('?1')}) AS named CROSS JOIN instance ON instance.id = named.id
  CROSS JOIN series ON series.id = instance.series_id CROSS JOIN study ON study.id = series.study_id
LIMIT ?2`;

const FIND_ANY = FIND.replace('SENT', 'true');

/** ?3: the principal. ?4: its number. */
const FIND_FOR_SENDER = FIND.replace('SENT', sentBy('?3', '?4'));

/** ?3: the sender. ?4: newer content takes the place of older. */
const FIND_ASIDE = `
SELECT aside.study_instance_uid AS studyInstanceUID, aside.series_instance_uid AS seriesInstanceUID,
  aside.sop_instance_uid AS sopInstanceUID, aside.record ->> 'sopClassUID' AS sopClassUID, aside.version,
  aside.byte_length AS byteLength, aside.digest, true AS isSent
${countingAside('?3', '?4')} AND aside.sop_instance_uid IN (SELECT value FROM json_each(?1))
LIMIT ?2`;

const RECALL = 'SELECT answer FROM commitment WHERE principal = ?1 AND transaction_uid = ?2 AND created_at > ?3';

/**
 * An answer that is still kept is not replaced. Only the same request may write its row twice: when D1's response is lost,
 * it tries again.
 */
const KEEP = `
INSERT INTO commitment (principal, transaction_uid, request, answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (principal, transaction_uid) DO UPDATE SET request = excluded.request, answer = excluded.answer,
  created_at = excluded.created_at
WHERE commitment.created_at <= ?6 OR commitment.request = excluded.request
RETURNING transaction_uid`;

const TRIM = `
DELETE FROM commitment WHERE principal = ?1 AND created_at < (
  SELECT created_at FROM commitment WHERE principal = ?1 ORDER BY created_at DESC LIMIT 1 OFFSET ${COMMITMENTS_KEPT - 1})`;

const FORGET = 'DELETE FROM commitment WHERE created_at <= ?1';

/** The principal that asks. */
interface Asker {
  /** Principal.id */
  readonly principal: string;
  /** Whether the principal sees only a part of the archive: then instances that were put aside for it count. */
  readonly confined?: boolean;
  /** Whether the principal may only store. */
  readonly storesOnly: boolean;
}

interface Columns extends Omit<CommittableRow, 'isSent'> {
  readonly isSent: number;
}

/**
 * Storage commitment in a D1 database.
 * @param database as the principal that stores sees it
 * @param asker undefined: the archive itself, and principals that see all of it
 */
export function d1Commitments(database: StatementsOf, asker?: Asker): Commitments {
  const all = rowsOf(database);
  const instancesNamedIn = async (json: string, most: number) =>
    asker?.storesOnly
      ? await all<Columns>(FIND_FOR_SENDER, json, most, asker.principal, await senderNumber(asker.principal))
      : await all<Columns>(FIND_ANY, json, most);
  return {
    async find(sopInstanceUIDs, most, duplicates) {
      const found: Columns[] = [];
      for (const { json } of jsonChunks(sopInstanceUIDs)) {
        if (found.length < most) found.push(...(await instancesNamedIn(json, most - found.length)));
        if (!asker?.confined || found.length >= most) continue;
        const replaces = Number(duplicates === 'replace');
        found.push(...(await all<Columns>(FIND_ASIDE, json, most - found.length, asker.principal, replaces)));
      }
      return found.map(({ isSent, ...row }) => ({ ...row, isSent: isSent === 1 }));
    },
    async recall(principal, transactionUID, now) {
      const [row] = await all<{ answer: string }>(RECALL, principal, transactionUID, now - COMMITMENT_MS);
      return row?.answer;
    },
    async keep(principal, transactionUID, answer, now) {
      const request = crypto.randomUUID();
      const kept = await all(KEEP, principal, transactionUID, request, answer, now, now - COMMITMENT_MS);
      if (kept.length > 0) await all(TRIM, principal);
      return kept.length > 0;
    },
    async forgetOld(now) {
      await all(FORGET, now - COMMITMENT_MS);
    },
  };
}
