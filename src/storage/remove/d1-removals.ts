import type { InstanceIdentity, Scope, SeriesIdentity } from '../../archive/identities';
import type {
  Description,
  PurgeIndex,
  RemovalIndex,
  RemovedSeries,
  RemovedVersion,
  Restoration,
  RestoredCounts,
} from '../../archive/remove/removals';
import type { MetadataLocation } from '../../archive/rows';
import * as commitSQL from '../commit/sql/commit-sql';
import * as countSQL from '../commit/sql/count-sql';
import { insertInstances } from '../commit/sql/instance-sql';
import { identitiesJSON } from '../index/d1-rows';
import { batchOnce } from '../statements/batch-once';
import type { StatementsOf } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { rowsOf } from '../statements/rows-of';
import { type Fragment, fragment } from '../statements/sql-fragment';
import { type BoundSQL, transactionOf } from '../statements/transaction-of';
import * as deleteSQL from './delete-sql';
import * as purgeSQL from './purge-sql';
import * as replaceSQL from './replace-sql';
import * as restoreSQL from './restore-sql';

/**
 * The removed instances of one archive in a D1 database.
 * @param confined the database shows a part of the archive
 */
export function d1Removals(database: StatementsOf, confined = false): RemovalIndex {
  const rows = rowsOf(database);
  const all = <Row>({ sql, parameters }: Fragment): Promise<Row[]> => rows<Row>(sql, ...parameters);
  const session = () => database.withSession('first-primary');

  return {
    async remove({ scope, now, purgeAt, description, changedAt }) {
      // The statements that count and clean up see the whole archive: a deletion may hide what remains.
      if (confined && (await all(deleteSQL.anyWithin(scope))).length === 0) return 0;
      const statements = removing(scope, now, purgeAt, description);
      const unless = changedAt === undefined ? undefined : deleteSQL.changedSince(scope, changedAt);
      // Counted first: what other requests deleted at the same moment does not count.
      return (await batchOnce<number>(session(), [], deleteSQL.countWithin(scope), now, statements, unless)) ?? 0;
    },

    async remaining(scope) {
      return await all<InstanceIdentity>(deleteSQL.remaining(scope));
    },

    async holds(scope, now) {
      const { sql, parameters } = restoreSQL.restorable(scope, now);
      const held = fragment(`SELECT 1 FROM (${sql}) WHERE reason NOT IN ('aside', 'aside too') LIMIT 1`, ...parameters);
      return (await all(held)).length > 0;
    },

    async restorableSeries(scope, now) {
      return await all<RemovedSeries>(restoreSQL.seriesOf(restoreSQL.restorable(scope, now)));
    },

    async restorableVersion(scope, now) {
      const [found] = await all<{ record: string }>(restoreSQL.firstOf(restoreSQL.restorable(scope, now)));
      if (found === undefined) return undefined;
      const record: MetadataLocation & { segmentContent?: string | null } = JSON.parse(found.record);
      return { ...record, content: record.segmentContent ?? null };
    },

    async restore(restoration) {
      const { scope, now, version, description } = restoration;
      const newest = restoreSQL.restorable(scope, now);
      const chosen = version === undefined ? newest : restoreSQL.restorableAs(version);
      const unless =
        version === undefined
          ? restoreSQL.unlessOnlyOf(newest, description.series)
          : restoreSQL.unlessAmong(newest, version);
      const statements = restoring(restoration, chosen);
      const counted = restoreSQL.countRestored(chosen);
      return await batchOnce<RestoredCounts>(session(), statements, counted, now, restored(restoration), unless);
    },

    ...purgeIn(database),
  };
}

function purgeIn(database: StatementsOf): PurgeIndex {
  const rows = rowsOf(database);
  const transaction = transactionOf(database);
  const all = <Row>({ sql, parameters }: Fragment): Promise<Row[]> => rows<Row>(sql, ...parameters);
  return {
    async ageAsides(before, purgeAt, limit) {
      return (await all(fragment(purgeSQL.AGE_ASIDES, before, purgeAt, limit))).length;
    },

    async claimPurgeable(now, limit) {
      return await all<RemovedVersion>(fragment(purgeSQL.CLAIM_PURGEABLE, now, limit));
    },

    async segmentsOfNoOther(versions) {
      return await all(fragment(purgeSQL.SEGMENTS_OF_NO_OTHER, JSON.stringify(versions)));
    },

    async forget(removed) {
      await transaction(forgetting(removed));
    },
  };
}

function removing(scope: Scope, now: number, purgeAt: number, description: Description): Fragment[] {
  return [
    deleteSQL.keepDescriptions(scope),
    deleteSQL.noteDeleted(scope, now, purgeAt),
    deleteSQL.purgeKept(scope, purgeAt),
    ...deleteSQL.deleteWithin(scope),
    ...described(description, now),
    ...counted(scope, now),
    deleteSQL.endLinks(scope, now),
  ];
}

function forgetting(removed: readonly RemovedVersion[]): BoundSQL[] {
  const series = new Map(removed.map((one) => [`${one.studyInstanceUID}/${one.seriesInstanceUID}`, one]));
  return [
    [purgeSQL.FORGET_REMOVALS, JSON.stringify(removed.map(({ version }) => version))],
    ...identitiesJSON([...series.values()]).flatMap((some): BoundSQL[] => [
      [purgeSQL.FORGET_DESCRIPTIONS, some],
      [purgeSQL.FORGET_STUDIES, some],
    ]),
  ];
}

/** Inserts what is restored. @param chosen the rows of `removal` to restore */
function restoring({ scope, now, purgeAt, version, description }: Restoration, chosen: Fragment): Fragment[] {
  const records: Fragment = {
    sql: `(SELECT json(record) AS value FROM (${chosen.sql}) AS chosen WHERE ${restoreSQL.OF_SAME_STUDY.sql})`,
    parameters: chosen.parameters,
  };
  return [
    ...inserts(description, now, chosen),
    ...(version === undefined ? [] : [replaceSQL.noteReplaced(records, now, purgeAt)]),
    restoreSQL.restoreSegments(chosen),
    insertInstances(records, version === undefined ? 'stays' : 'is replaced', now),
    ...(version === undefined ? [] : [restoreSQL.refuseHeld(scope, version)]),
  ];
}

/** Describes and counts the restored instances, and ends their removal. */
function restored({ scope, now, description }: Restoration): Fragment[] {
  return [
    ...describedByFirst(description, now),
    deleteSQL.countSegments(scope),
    restoreSQL.endRemovals(scope),
    restoreSQL.keepAgain(scope),
    ...restoreSQL.joinStudies(scope),
    // The instances to restore may have been claimed since their description was read.
    ...deleteSQL.deleteEmptySeries(scope),
    ...counted(scope, now, description.series),
  ];
}

/**
 * Inserts the studies and series that a restoration needs and that do not exist any more. A study comes back with its
 * labels and with the principal that stored it.
 * @param chosen the rows of `removal` to restore
 */
function inserts({ studies, series }: Description, now: number, chosen: Fragment): Fragment[] {
  const { storedBy, labels } = restoreSQL.accessOf(chosen);
  return [
    ...jsonChunks(studies).map(({ json }) => commitSQL.insertStudies(json, now, storedBy, labels)),
    ...jsonChunks(series).map(({ json }) => fragment(commitSQL.INSERT_RESTORED_SERIES, json, now)),
    ...commitSQL.recordsOf(series).map(commitSQL.insertRequestAttributes),
  ];
}

function counted(scope: Scope, now: number, restored: readonly SeriesIdentity[] = []): Fragment[] {
  const { studyInstanceUID, seriesInstanceUID } = scope;
  const series = [...restored, ...(seriesInstanceUID === undefined ? [] : [{ studyInstanceUID, seriesInstanceUID }])];
  return [
    ...identitiesJSON(series).map((some) => fragment(countSQL.COUNT_CHANGED_SERIES, some, now)),
    ...identitiesJSON([{ studyInstanceUID }]).map((some) => fragment(countSQL.COUNT_CHANGED_STUDIES, some, now)),
  ];
}

/** Updates the descriptions of the study and the series whose first instance is restored. */
function describedByFirst({ studies, series }: Description, now: number): Fragment[] {
  return commitSQL.describeAgain(restoreSQL.recordsOfFirst(studies), restoreSQL.recordsOfFirst(series), now);
}

/** Updates the descriptions of the study and the series that remain. */
function described({ studies, series }: Description, now: number): Fragment[] {
  if (studies.length === 0) return [];
  return commitSQL.describeAgain(commitSQL.recordsOf(studies), commitSQL.recordsOf(series), now);
}
