import { DIGEST } from '../../instance-form';
import { type Fragment, fragment, sql, value } from '../../statements/sql-fragment';
import { JOIN_NAMED_INSTANCE } from './instance-sql';

/* Statements of a commit about the principal that stores: what it has sent, and its quotas. */

/**
 * Notes who has sent bytes that another sender had sent before. Content that was refused, or put or kept aside, is not noted.
 * ?1: UIDs, versions, digests and senders of instances.
 */
export const NOTE_FURTHER_SENDER = `
INSERT INTO further_sender (series_id, instance_id, sender)
SELECT series.id, instance.id, abs(j.value ->> 'sender') FROM json_each(?1) AS j ${JOIN_NAMED_INSTANCE}
WHERE instance.version <> j.value ->> 'version' AND ${DIGEST} = j.value ->> 'digest'
  AND abs(j.value ->> 'sender') <> coalesce(abs(instance.sender), 0)
ON CONFLICT DO NOTHING`;

/**
 * Whether a sender has sent a row \`instance\` of \`series\` and \`study\`. For rows of earlier releases, the index knows
 * which principal began the study and which ones stored to the series.
 * @param principal the parameter with its Principal.id
 * @param number the one with its number
 */
export function sentBy(principal: string, number: string): string {
  return `(abs(instance.sender) = ${number}
    OR EXISTS (SELECT 1 FROM further_sender AS again
      WHERE again.series_id = series.id AND again.instance_id = instance.id AND again.sender = ${number})
    OR (instance.sender IS NULL AND (study.stored_by = ${principal} OR EXISTS (
      SELECT 1 FROM series_sender AS sent WHERE sent.series_id = series.id AND sent.principal = ${principal}))))`;
}

/** What the archive holds, as its quota counts it. */
export const ARCHIVE_HELD = `
SELECT instance + removal AS instances, byte_length + removal_byte_length AS bytes FROM archive_total`;

/** What of studies does not count in this database, because it counts in another one. */
const NOT_COUNTED = `
SELECT -count(*) AS instances, -coalesce(sum(instance.byte_length), 0) AS bytes
FROM json_each(?) AS j JOIN study ON study.study_instance_uid = j.value
  JOIN series ON series.study_id = study.id JOIN instance ON instance.series_id = series.id`;
const REMOVALS_NOT_COUNTED = `
SELECT -count(*), -coalesce(sum(removal.byte_length), 0)
FROM json_each(?) AS j JOIN removal ON removal.study_instance_uid = j.value`;

const SENDER_HELD = `
SELECT instances, byte_length AS bytes FROM sender_total WHERE sender = ?
UNION ALL SELECT instances, byte_length FROM stored_total WHERE principal = ?`;

/** What the archive holds in this database, without these studies. */
export function archiveHeld(notCounted: readonly string[] = []): Fragment {
  if (notCounted.length === 0) return fragment(ARCHIVE_HELD);
  const studies = JSON.stringify(notCounted);
  return fragment(summed([ARCHIVE_HELD, NOT_COUNTED, REMOVALS_NOT_COUNTED]), studies, studies);
}

/**
 * What a principal takes up in this database, without these studies.
 * @param number its number
 */
export function senderHeld(principal: string, number: number, notCounted: readonly string[] = []): Fragment {
  if (notCounted.length === 0) return fragment(summed([SENDER_HELD]), number, principal);
  const studies = JSON.stringify(notCounted);
  const own = [
    `${NOT_COUNTED} WHERE instance.sender = ?`,
    `${REMOVALS_NOT_COUNTED} WHERE removal.record ->> 'sender' = ?`,
  ];
  return fragment(summed([SENDER_HELD, ...own]), number, principal, studies, number, studies, number);
}

function summed(parts: readonly string[]): string {
  return `SELECT coalesce(sum(instances), 0) AS instances, coalesce(sum(bytes), 0) AS bytes FROM (${parts.join(' UNION ALL ')})`;
}

/**
 * One of the last statements of a commit. The transaction fails when its instances exceed a quota. The check is part of
 * the transaction, so that requests at the same time cannot exceed a quota together.
 * @param held what is held: archiveHeld or senderHeld
 * @param most null: any
 */
export function refuseBeyond(held: Fragment, instances: number | null, bytes: number | null): Fragment {
  return sql`INSERT INTO held_now SELECT instances, bytes, ${value(instances)}, ${value(bytes)} FROM (${held})`;
}

/** Makes a commit fail after this time of the database, seconds since 1970. */
export function refuseAfter(until: number): Fragment {
  return fragment('INSERT INTO held_now SELECT unixepoch(), 0, ?, NULL', until);
}
