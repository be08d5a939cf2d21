import { DIGEST } from '../instance-form';
import { JOIN_NAMED_INSTANCE } from './instance-sql';

/* What a commit notes of the principal that stores, and what it has to keep to. */

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
 * Whether a sender has sent a row \`instance\` of \`series\` and \`study\`. Of rows of earlier releases it is known who began the study
 * and who stored to the series.
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

/** What a principal takes up. ?1: the principal. ?2: its number. */
export const SENDER_HELD = `
SELECT sum(instances) AS instances, sum(byte_length) AS bytes FROM (
  SELECT instances, byte_length FROM sender_total WHERE sender = ?2
  UNION ALL SELECT instances, byte_length FROM stored_total WHERE principal = ?1
  UNION ALL SELECT 0, 0)`;

/*
 * The last statements of a commit. The transaction fails when it has taken in more than a quota allows: the check and what it
 * checks are one transaction, so that requests at the same time cannot exceed a quota together, and nothing is reserved.
 */

/** ?1: the most instances. ?2: the most bytes. null: any. */
export const REFUSE_BEYOND_ARCHIVE = `
INSERT INTO held_now SELECT instances, bytes, ?1, ?2 FROM (${ARCHIVE_HELD})`;

/** ?1: the principal. ?2: its number. ?3: the most instances. ?4: the most bytes. null: any. */
export const REFUSE_BEYOND_SENDER = `
INSERT INTO held_now SELECT instances, bytes, ?3, ?4 FROM (${SENDER_HELD})`;
