import type { InstanceIdentity, Scope, SeriesIdentity } from '../archive/ports';
import type { Description, RemovalIndex, RemovedSeries, RemovedVersion } from '../archive/removals';
import type { MetadataLocation } from '../archive/rows';
import * as commitSQL from './commit-sql';
import { identitiesJSON } from './d1-rows';
import { insertInstances } from './instance-sql';
import * as removalSQL from './removal-sql';
import { retrying } from './retries';
import { type Fragment, fragment } from './sql-fragment';

/** The removed instances of one archive in a D1 database. */
export function d1Removals(database: D1Database): RemovalIndex {
  const session = () => database.withSession('first-primary');
  const prepared = (to: D1DatabaseSession, { sql, parameters }: Fragment) => to.prepare(sql).bind(...parameters);
  const all = async <Row>(of: Fragment): Promise<Row[]> =>
    (await retrying(() => prepared(session(), of).all<Row>())).results;

  /** What the last statement of a batch counts: the same, when the batch is run again because its answer was lost. */
  const lastCount = async (to: D1DatabaseSession, statements: readonly Fragment[]): Promise<number> => {
    const results = await retrying(() => to.batch<{ count: number }>(statements.map((one) => prepared(to, one))));
    return results.at(-1)?.results[0]?.count ?? 0;
  };

  return {
    async remove({ scope, now, purgeAt, description }) {
      const to = session();
      const statements = [
        removalSQL.keepDescriptions(scope),
        removalSQL.noteDeleted(scope, now, purgeAt),
        removalSQL.purgeKept(scope, purgeAt),
        ...removalSQL.deleteWithin(scope),
        fragment(removalSQL.DELETE_EMPTY_STUDY, scope.studyInstanceUID),
        ...described(description, now),
        ...counted(scope, now),
        removalSQL.countDeleted(scope, now),
      ];
      return await lastCount(to, statements);
    },

    async remaining(scope) {
      return await all<InstanceIdentity>(removalSQL.remaining(scope));
    },

    async holds(scope, now) {
      const { sql, parameters } = removalSQL.restorable(scope, now);
      return (await all(fragment(`${sql} LIMIT 1`, ...parameters))).length > 0;
    },

    async restorableSeries(scope, now) {
      const { sql, parameters } = removalSQL.restorable(scope, now);
      return await all<RemovedSeries>(
        fragment(
          `SELECT study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID,
            study_attributes AS studyAttributes, series_attributes AS seriesAttributes
          FROM removed_series WHERE (study_instance_uid, series_instance_uid) IN (
            SELECT study_instance_uid, series_instance_uid FROM (${sql}))`,
          ...parameters,
        ),
      );
    },

    async restorableVersion(instance, now) {
      const [found] = await all<{ record: string }>(removalSQL.restorable(instance, now));
      if (found === undefined) return undefined;
      const record: MetadataLocation & { segmentContent?: string | null } = JSON.parse(found.record);
      return { ...record, content: record.segmentContent ?? null };
    },

    async restore({ scope, now, purgeAt, version, description }) {
      const to = session();
      const chosen =
        version === undefined
          ? removalSQL.restorable(scope, now)
          : fragment('SELECT * FROM removal WHERE version = ?', version);
      const records: Fragment = {
        sql: `(SELECT json(record) AS value FROM (${chosen.sql}))`,
        parameters: chosen.parameters,
      };
      const statements = [
        ...inserts(description, now),
        ...(version === undefined ? [] : [removalSQL.noteReplaced(records, now, purgeAt)]),
        removalSQL.restoreSegments(chosen),
        insertInstances(records, version === undefined ? 'stays' : 'is replaced', now),
        removalSQL.countSegments(scope),
        removalSQL.endRemovals(scope),
        ...(version === undefined ? [] : described(description, now)),
        ...counted(scope, now, description.series),
        removalSQL.countRestored(scope, now, version),
      ];
      return await lastCount(to, statements);
    },

    async purgeable(now, limit) {
      return await all<RemovedVersion>(fragment(removalSQL.PURGEABLE, now, limit));
    },

    async forget(versions) {
      const to = session();
      const statements = [
        fragment(removalSQL.FORGET_REMOVALS, JSON.stringify(versions)),
        fragment(removalSQL.FORGET_DESCRIPTIONS),
      ];
      await retrying(() => to.batch(statements.map((one) => prepared(to, one))));
    },
  };
}

/** Studies and series that a restoration needs, where they are gone. */
function inserts({ studies, series }: Description, now: number): Fragment[] {
  return [
    fragment(commitSQL.INSERT_STUDIES, JSON.stringify(studies), now),
    fragment(commitSQL.INSERT_SERIES, JSON.stringify(series), now),
    commitSQL.insertRequestAttributes(commitSQL.recordsOf(series)),
  ];
}

function counted(scope: Scope, now: number, restored: readonly SeriesIdentity[] = []): Fragment[] {
  const { studyInstanceUID, seriesInstanceUID } = scope;
  const series = [...restored, ...(seriesInstanceUID === undefined ? [] : [{ studyInstanceUID, seriesInstanceUID }])];
  return [
    fragment(commitSQL.COUNT_SERIES, identitiesJSON(series), now),
    fragment(commitSQL.COUNT_STUDIES, identitiesJSON([{ studyInstanceUID }]), now),
  ];
}

/** Describes anew what stays. */
function described({ studies, series }: Description, now: number): Fragment[] {
  if (studies.length === 0) return [];
  return commitSQL.describeAgain(commitSQL.recordsOf(studies), commitSQL.recordsOf(series), now);
}
