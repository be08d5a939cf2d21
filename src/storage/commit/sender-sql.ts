import { DIGEST } from '../instance-form';
import { JOIN_NAMED_INSTANCE } from './instance-sql';

/* What a commit notes of the principal that stores, and what it has to keep to. */

/**
 * Notes who has stored to series: content that counts now, or the same bytes as those that count. Content that was refused, or put
 * or kept aside, does not open a series to its sender. ?1: UIDs, versions and digests of instances. ?2: the principal.
 */
export const NOTE_SENDER = `
INSERT INTO series_sender (series_id, principal)
SELECT DISTINCT instance.series_id, ?2 FROM json_each(?1) AS j ${JOIN_NAMED_INSTANCE}
WHERE instance.version = j.value ->> 'version' OR ${DIGEST} = j.value ->> 'digest'
ON CONFLICT DO NOTHING`;

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
