import type { MatchValue } from '../../archive/search/search-query';
import { type Fragment, fragment } from '../statements/sql-fragment';

/** The end of a UID by which the indexes instance_by_segment and instance_by_uid_end find an instance. */
const end = (uid: string) => `substr(${uid}, -16)`;

/**
 * The rows of instances with some SOP Instance UIDs, in the column `id`: migrations/0011_rows.sql says why there are two indexes.
 * @param uids the parameter with the UIDs, a JSON array
 */
export function instancesNamed(uids: string): string {
  const held = (condition: string) => `SELECT held.id FROM json_each(${uids}) AS uid
    CROSS JOIN instance AS held ON ${condition} AND ${end('held.sop_instance_uid')} = ${end('uid.value')}
      AND held.sop_instance_uid = uid.value`;
  return `${held('held.metadata_segment_id = 0')} UNION ALL ${held('held.metadata_segment_id <> 0')}`;
}

/** The rows of the instances whose SOP Instance UIDs a search names; undefined when it names none. */
export function instancesMatched(matched: MatchValue): Fragment | undefined {
  const uids = matched.kind === 'single' ? [matched.value] : matched.kind === 'list' ? matched.values : undefined;
  if (uids === undefined) return undefined;
  const json = JSON.stringify(uids);
  return fragment(instancesNamed('?'), json, json);
}
