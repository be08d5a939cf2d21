import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../../archive/commit-group';
import { jsonChunks } from '../../statements/json-chunks';
import { type Fragment, fragment } from '../../statements/sql-fragment';
import type { Author } from '../author';
import { contentOf } from '../commit-keys';
import { rounds } from '../rounds';

/*
 * Instances of studies that exist and that their sender cannot see. The sender finds them stored as in a study of its
 * own: the same duplicate policy applies, and only its own instances count. They are rows of `removal` that no
 * principal with a part of the archive can see.
 */

/** The statements that put these instances aside. They return the versions put aside, and what is there in place of the others. */
export function putAside({ segments, instances, duplicates, now, purgeAt }: CommitGroup, author: Author): Fragment[] {
  if (!author.confined) return [];
  const { principal } = author;
  const named = JSON.stringify([...new Set(instances.map(({ studyInstanceUID }) => studyInstanceUID))]);
  const described = JSON.stringify(
    Object.fromEntries(
      segments.map(({ name, byteLength, entryCount, content }) => [
        name,
        { segmentByteLength: byteLength, segmentEntryCount: entryCount, segmentContent: content ?? null },
      ]),
    ),
  );
  const inserting = (json: string): Fragment[] => {
    const insert = (sql: string) => fragment(sql, json, named, described, principal, now);
    if (duplicates === 'replace') return [fragment(END_REPLACED, json, named, purgeAt, principal), insert(REPLACING)];
    return [insert(FIRST), ...(duplicates === 'keep' ? [insert(FURTHER)] : [])];
  };
  return (duplicates === 'replace' ? rounds(instances) : [instances]).flatMap((some) => [
    ...jsonChunks(some).flatMap(({ json }) => inserting(json)),
    ...selectAside(some, duplicates, author),
  ]);
}

/** The statements that ask what a sender has put aside under the UIDs of instances. */
export function selectAside(
  instances: readonly InstanceRecord[],
  duplicates: CommitGroup['duplicates'],
  { principal }: Author,
): Fragment[] {
  return jsonChunks(instances.map(contentOf)).map(({ json }) => fragment(SELECT_ASIDE[duplicates], json, principal));
}

/** The studies of the group that exist and that the principal cannot see. ?2: the studies of the group. */
const HIDDEN = `hidden (study_instance_uid) AS MATERIALIZED (
  SELECT study_instance_uid FROM json_each(?2) AS j CROSS JOIN main.study AS there ON there.study_instance_uid = j.value
  WHERE NOT EXISTS (SELECT 1 FROM study WHERE study.id = there.id))`;

const COLUMNS = `study_instance_uid, series_instance_uid, sop_instance_uid, reason, version, digest, segment, record,
  removed_at, sent_by`;

const UIDS = `j.value ->> 'studyInstanceUID', j.value ->> 'seriesInstanceUID', j.value ->> 'sopInstanceUID'`;

/** ?1: instances. ?3: segments by name. ?4: the sender. ?5: now. */
const insertion = (reason: string, condition: string, returned: string) => `
WITH ${HIDDEN}
INSERT INTO removal (${COLUMNS})
SELECT ${UIDS}, '${reason}', j.value ->> 'version', j.value ->> 'digest', j.value ->> 'segment',
  json_patch(j.value, ?3 -> ('$."' || (j.value ->> 'segment') || '"')), ?5, ?4
FROM json_each(?1) AS j
WHERE j.value ->> 'studyInstanceUID' IN (SELECT study_instance_uid FROM hidden) AND ${condition}
ON CONFLICT DO NOTHING
RETURNING version AS ${returned}`;

/** The first content under its UIDs. */
const FIRST = insertion('aside', 'true', 'aside');

/** Condition on a row: it was sent by this sender under the UIDs of a record `j.value`. */
const underUIDs = (row: string, sender: string) => `${row}.study_instance_uid = j.value ->> 'studyInstanceUID'
    AND ${row}.series_instance_uid = j.value ->> 'seriesInstanceUID'
    AND ${row}.sop_instance_uid = j.value ->> 'sopInstanceUID' AND ${row}.sent_by = ${sender}`;

/** Condition on a row: its content was put aside, and neither replaced nor given a time by ASIDE_DAYS. */
const lasts = (row: string) => `${row}.reason IN ('aside', 'aside too') AND ${row}.purge_at IS NULL`;

/** Other content, where the policy keeps it beside the first. */
const FURTHER = insertion(
  'aside too',
  `NOT EXISTS (
  SELECT 1 FROM main.removal AS before
  WHERE ${underUIDs('before', '?4')} AND ${lasts('before')} AND before.digest = j.value ->> 'digest')`,
  'kept',
);

/**
 * A column of the content that counts where newer content takes the place of older. In rows of earlier releases, what was
 * replaced lasts, so the newest one is looked for.
 */
const newest = (column: string, sender: string) => `(
  SELECT held.${column} FROM main.removal AS held WHERE ${underUIDs('held', sender)} AND ${lasts('held')}
  ORDER BY held.id DESC LIMIT 1)`;

/** The content that counts, unless it is the same. */
const REPLACING = insertion('aside', `${newest('digest', '?4')} IS NOT j.value ->> 'digest'`, 'aside');

/**
 * Ends what REPLACING is about to replace: it is purged like replaced content of a study that the sender sees. ?1: instances.
 * ?3: when. ?4: the sender. A version that is there has been put aside by an earlier run: it replaces nothing again.
 */
const END_REPLACED = `
WITH ${HIDDEN}
UPDATE removal SET reason = 'aside too', purge_at = ?3
WHERE id IN (
  SELECT before.id FROM json_each(?1) AS j CROSS JOIN main.removal AS before ON ${underUIDs('before', '?4')}
  WHERE ${lasts('before')} AND j.value ->> 'studyInstanceUID' IN (SELECT study_instance_uid FROM hidden)
    AND ${newest('digest', '?4')} <> j.value ->> 'digest'
    AND NOT EXISTS (SELECT 1 FROM main.removal AS taken WHERE taken.version = j.value ->> 'version'))`;

/** What a sender has put aside under the UIDs of an instance. */
export interface AsideState {
  /** The version of the instance that was asked for. */
  readonly hidden: string;
  /** The content that counts. */
  readonly heldVersion: string;
  readonly heldDigest: string;
  /** The version of the same content that was put aside beside it. */
  readonly furtherVersion: string | null;
  /** The version of the instance, if it was put aside; it may have been replaced since. */
  readonly takenVersion: string | null;
}

/** ?1: instances. ?2: the sender. @param held SQL of the id of the row that counts */
const select = (held: string) => `
SELECT j.value ->> 'version' AS hidden, first.version AS heldVersion, first.digest AS heldDigest, (
    SELECT further.version FROM main.removal AS further
    WHERE ${underUIDs('further', '?2')} AND further.reason = 'aside too' AND further.purge_at IS NULL
      AND further.digest = j.value ->> 'digest'
    LIMIT 1) AS furtherVersion, (
    SELECT taken.version FROM main.removal AS taken
    WHERE taken.version = j.value ->> 'version' AND taken.sent_by = ?2) AS takenVersion
FROM json_each(?1) AS j
  CROSS JOIN main.study AS there ON there.study_instance_uid = j.value ->> 'studyInstanceUID'
  CROSS JOIN main.removal AS first ON ${held}
WHERE NOT EXISTS (SELECT 1 FROM study WHERE study.id = there.id)`;

const SELECT_FIRST = select(`first.reason = 'aside' AND ${underUIDs('first', '?2')}`);

const SELECT_ASIDE = {
  reject: SELECT_FIRST,
  keep: SELECT_FIRST,
  replace: select(`first.id = ${newest('id', '?2')}`),
} as const;

/**
 * FROM and WHERE of what counts, for the sender that has put it aside, like the instances of a study of its own: its bytes are
 * kept, and an answer that leaves it out would tell that the study exists. For statements through the view of the sender.
 * @param sender the parameter with its Principal.id
 * @param replaces the parameter that says whether newer content takes the place of older
 */
export function countingAside(sender: string, replaces: string): string {
  return `FROM main.removal AS aside
  CROSS JOIN main.study AS there ON there.study_instance_uid = aside.study_instance_uid
WHERE aside.sent_by = ${sender} AND aside.purge_at IS NULL AND NOT EXISTS (SELECT 1 FROM study WHERE study.id = there.id)
  AND CASE WHEN ${replaces} THEN aside.reason IN ('aside', 'aside too') AND NOT EXISTS (
      SELECT 1 FROM main.removal AS newer
      WHERE newer.study_instance_uid = aside.study_instance_uid AND newer.series_instance_uid = aside.series_instance_uid
        AND newer.sop_instance_uid = aside.sop_instance_uid AND newer.sent_by = ${sender} AND ${lasts('newer')}
        AND newer.id > aside.id)
    ELSE aside.reason = 'aside' END`;
}

/**
 * What became of an instance that was put aside before, or that the policy does not take.
 * @param isLate the answer of the commit was lost, and the rows were read after it
 */
export function asideResult(
  { version, digest }: InstanceRecord,
  { heldVersion, heldDigest, furtherVersion, takenVersion }: AsideState,
  duplicates: CommitGroup['duplicates'],
  isLate: boolean,
): Pick<CommitOutcome, 'result' | 'heldVersion'> {
  if (heldVersion === version) return { result: 'aside' };
  if (takenVersion === version) return { result: duplicates === 'keep' ? 'kept' : 'aside' };
  if (heldDigest === digest) return { result: 'identical', heldVersion };
  if (duplicates === 'keep' && furtherVersion !== null) return { result: 'kept before', heldVersion: furtherVersion };
  // The same bytes were there, and have been replaced since.
  return { result: isLate && duplicates !== 'reject' ? 'unknown' : 'conflict' };
}
