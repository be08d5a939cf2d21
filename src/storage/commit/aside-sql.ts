import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../archive/commit-group';
import { jsonChunks } from '../statements/json-chunks';
import { type Fragment, fragment } from '../statements/sql-fragment';
import type { Author } from './author';
import { contentOf } from './commit-keys';

/*
 * Instances of studies that exist and that their sender cannot see. To the sender they are stored as in a study of its own:
 * the same duplicate policy applies, and only its own instances count. They are rows of `removal` that no principal with a
 * part of the archive can see.
 */

/** The statements that put them aside. They return the versions put aside, and what is there in place of the others. */
export function putAside({ segments, instances, duplicates, now }: CommitGroup, author: Author): Fragment[] {
  if (!author.confined) return [];
  const named = JSON.stringify([...new Set(instances.map(({ studyInstanceUID }) => studyInstanceUID))]);
  const described = JSON.stringify(
    Object.fromEntries(
      segments.map(({ name, byteLength, entryCount, content }) => [
        name,
        { segmentByteLength: byteLength, segmentEntryCount: entryCount, segmentContent: content ?? null },
      ]),
    ),
  );
  return [
    ...jsonChunks(instances).flatMap(({ json }) => [
      fragment(FIRST, json, named, described, author.principal, now),
      ...(duplicates === 'reject'
        ? []
        : [fragment(FURTHER[duplicates], json, named, described, author.principal, now)]),
    ]),
    ...jsonChunks(instances.map(contentOf)).map(({ json }) => fragment(SELECT_ASIDE, json, author.principal)),
  ];
}

/** ?2: the studies of the group. The ones that are there and cannot be seen. */
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

const OTHER_THAN_BEFORE = `NOT EXISTS (
  SELECT 1 FROM main.removal AS before
  WHERE before.study_instance_uid = j.value ->> 'studyInstanceUID'
    AND before.series_instance_uid = j.value ->> 'seriesInstanceUID'
    AND before.sop_instance_uid = j.value ->> 'sopInstanceUID' AND before.sent_by = ?4
    AND before.reason IN ('aside', 'aside too') AND before.purge_at IS NULL AND before.digest = j.value ->> 'digest')`;

/** Other content, where the policy takes it. */
const FURTHER = {
  keep: insertion('aside too', OTHER_THAN_BEFORE, 'kept'),
  replace: insertion('aside too', OTHER_THAN_BEFORE, 'aside'),
} as const;

/** The first content that the sender has put aside under the UIDs of an instance, and the same content beside it. */
export interface AsideState {
  /** The version of the instance that was asked for. */
  readonly hidden: string;
  readonly heldVersion: string;
  readonly heldDigest: string;
  /** The version of the same content that was put aside beside the first. */
  readonly furtherVersion: string | null;
}

/** ?1: instances. ?2: the sender. */
export const SELECT_ASIDE = `
SELECT j.value ->> 'version' AS hidden, first.version AS heldVersion, first.digest AS heldDigest, (
    SELECT further.version FROM main.removal AS further
    WHERE further.study_instance_uid = first.study_instance_uid AND further.series_instance_uid = first.series_instance_uid
      AND further.sop_instance_uid = first.sop_instance_uid AND further.sent_by = ?2
      AND further.reason = 'aside too' AND further.purge_at IS NULL AND further.digest = j.value ->> 'digest'
    LIMIT 1) AS furtherVersion
FROM json_each(?1) AS j
  CROSS JOIN main.study AS there ON there.study_instance_uid = j.value ->> 'studyInstanceUID'
  CROSS JOIN main.removal AS first ON first.reason = 'aside' AND first.sent_by = ?2
    AND first.study_instance_uid = j.value ->> 'studyInstanceUID'
    AND first.series_instance_uid = j.value ->> 'seriesInstanceUID'
    AND first.sop_instance_uid = j.value ->> 'sopInstanceUID'
WHERE NOT EXISTS (SELECT 1 FROM study WHERE study.id = there.id)`;

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
        AND newer.sop_instance_uid = aside.sop_instance_uid AND newer.sent_by = ${sender} AND newer.reason = 'aside too'
        AND newer.id > aside.id)
    ELSE aside.reason = 'aside' END`;
}

/** What became of an instance that was put aside before, or that the policy does not take. */
export function asideResult(
  { version, digest }: InstanceRecord,
  aside: AsideState,
  duplicates: CommitGroup['duplicates'],
): Pick<CommitOutcome, 'result' | 'heldVersion'> {
  const { heldVersion, furtherVersion } = aside;
  if (heldVersion === version) return { result: 'aside' };
  if (aside.heldDigest === digest) return { result: 'identical', heldVersion };
  if (furtherVersion === null) return { result: 'conflict' };
  const isNew = furtherVersion === version;
  if (duplicates === 'keep') return isNew ? { result: 'kept' } : { result: 'kept before', heldVersion: furtherVersion };
  return isNew ? { result: 'aside' } : { result: 'identical', heldVersion: furtherVersion };
}
