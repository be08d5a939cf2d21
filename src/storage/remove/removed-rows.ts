import type { Scope } from '../../archive/identities';
import { scopeFilter } from '../index/d1-rows';
import type { Fragment } from '../statements/sql-fragment';

/* Parts of the statements about removed instances. */

/** FROM_SERIES and FROM_INSTANCE of d1-rows.ts, also for studies that cannot be seen. */
export const FROM_ANY_SERIES = 'FROM main.study AS study JOIN main.series AS series ON series.study_id = study.id';
export const FROM_ANY_INSTANCE = `${FROM_ANY_SERIES} JOIN instance ON instance.series_id = series.id`;

/** The order in which instances were stored. The first one describes its study and its series. */
export const AS_STORED = 'instance.created_at, instance.id';

/** The columns of `removal` that a removal fills. */
export const REMOVAL_COLUMNS = `study_instance_uid, series_instance_uid, sop_instance_uid, reason, version, digest, segment,
  record, removed_at, purge_at`;

/** The values of the first columns of REMOVAL_COLUMNS: the UIDs of an instance. */
export const REMOVED_INSTANCE = `study.study_instance_uid, series.series_instance_uid, instance.sop_instance_uid`;

/** The condition on study, series and instance that limits a statement to the scope. */
export function within(scope: Scope): Fragment {
  const { where, values } = scopeFilter(scope);
  return { sql: where, parameters: values };
}

/** The study or series that the scope touches: for an instance, its series. */
export function seriesWithin(scope: Scope): Fragment {
  return within({ ...scope, sopInstanceUID: undefined });
}
