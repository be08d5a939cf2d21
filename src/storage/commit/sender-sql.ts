import { DIGEST } from '../instance-form';
import { JOIN_NAMED_INSTANCE } from './instance-sql';

/* What a commit notes of the principal that stores. */

/**
 * Notes who has stored to series: content that counts now, or the same bytes as those that count. Content that was refused, or put
 * or kept aside, does not open a series to its sender. ?1: UIDs, versions and digests of instances. ?2: the principal.
 */
export const NOTE_SENDER = `
INSERT INTO series_sender (series_id, principal)
SELECT DISTINCT instance.series_id, ?2 FROM json_each(?1) AS j ${JOIN_NAMED_INSTANCE}
WHERE instance.version = j.value ->> 'version' OR ${DIGEST} = j.value ->> 'digest'
ON CONFLICT DO NOTHING`;

/**
 * Adds what this commit has taken in to what the principal has stored: instances that count, and those that were put or kept
 * aside. Their versions are of this commit alone. A commit that is tried again has stored nothing before.
 * ?1: UIDs and versions of instances. ?2: the principal.
 */
export const COUNT_STORED = `
INSERT INTO stored_total (principal, instances, byte_length)
SELECT ?2, count(*), coalesce(sum(byte_length), 0) FROM (
  SELECT instance.byte_length FROM json_each(?1) AS j ${JOIN_NAMED_INSTANCE}
  WHERE instance.version = j.value ->> 'version'
  UNION ALL
  SELECT taken.byte_length FROM json_each(?1) AS j CROSS JOIN main.removal AS taken
    ON taken.version = j.value ->> 'version') WHERE true
ON CONFLICT (principal) DO UPDATE
SET instances = instances + excluded.instances, byte_length = stored_total.byte_length + excluded.byte_length`;

/** What a principal has stored since it has a quota. ?1: the principal. */
export const STORED_TOTAL = 'SELECT instances, byte_length AS bytes FROM stored_total WHERE principal = ?1';
