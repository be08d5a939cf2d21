import type { CommitGroup, CommitOutcome, InstanceRecord, SegmentReplacement } from '../archive/commit';
import type { ArchiveIndex, InstanceIdentity, SeriesIdentity } from '../archive/ports';
import type { SearchQuery } from '../archive/search-query';
import * as commitSQL from './commit-sql';
import {
  INSTANCE_COLUMNS,
  type InstanceColumns,
  instanceRow,
  type LocationColumns,
  locationRow,
  scopeFilter,
} from './d1-rows';
import * as maintenanceSQL from './maintenance-sql';
import { retrying } from './retries';
import { type SearchColumns, searchRow } from './search-row';
import { countSQL, newestRowSQL, searchSQL } from './search-sql';

/** The index of one archive in a D1 database. */
export function d1Index(database: D1Database): ArchiveIndex {
  /** Reads see every write acknowledged before; a session lets D1 answer from replicas once bookmarks are passed on. */
  const session = () => database.withSession('first-primary');
  const all = async <Row>(sql: string, ...parameters: (string | number | null)[]): Promise<Row[]> =>
    (
      await retrying(() =>
        session()
          .prepare(sql)
          .bind(...parameters)
          .all<Row>(),
      )
    ).results;

  /** What the index has in place of instances that it did not take; of their segments, those that are of no use go. */
  const knownStates = async (others: readonly InstanceRecord[], segments: CommitGroup['segments']) => {
    const database = session();
    const names = JSON.stringify(segments.map(({ name }) => name));
    const statements = [
      database.prepare(commitSQL.SELECT_KNOWN).bind(identitiesJSON(others)),
      database.prepare(commitSQL.DELETE_DEAD_SEGMENTS).bind(names),
    ];
    const [known] = await retrying(() => database.batch<KnownState>(statements));
    return known?.results ?? [];
  };

  return {
    async commit(group) {
      const database = session();
      const statements = commitStatements(database, group);
      const results = await retrying(() => database.batch<Partial<InstanceState & SegmentCount>>(statements));
      const returned = results.flatMap(({ results }) => results);
      const inserted = new Set(returned.map(({ version }) => version));
      const segments = new Map(returned.map((row) => [seriesKey(row), row.segments ?? 0]));
      const others = group.instances.filter(({ version }) => !inserted.has(version));
      // Sent before, or, when the batch had to be tried again, inserted by its first try.
      const known = others.length === 0 ? [] : await knownStates(others, group.segments);
      const stateOf = new Map(known.map((state) => [others[state.place], state]));
      return group.instances.map((instance): CommitOutcome => {
        const seriesSegments = segments.get(seriesKey(instance)) ?? 0;
        return { result: resultOf(instance, inserted, stateOf.get(instance)), seriesSegments };
      });
    },

    async search(query: SearchQuery) {
      const database = session();
      const found = searchSQL(query);
      const newest = newestRowSQL(query.level);
      const statements = [database.prepare(newest.sql), database.prepare(found.sql).bind(...found.parameters)];
      const [mark, page] = await retrying(() => database.batch<SearchColumns & { newest_row: number }>(statements));
      return {
        rows: (page?.results ?? []).map((row) => searchRow(row)),
        newestRow: mark?.results[0]?.newest_row ?? 0,
      };
    },

    async count(query: SearchQuery) {
      const { sql, parameters } = countSQL(query);
      const [row] = await all<{ total: number }>(sql, ...parameters);
      return row?.total ?? 0;
    },

    async instances(scope, after, limit) {
      const { where, values } = scopeFilter(scope);
      const sql = `SELECT ${INSTANCE_COLUMNS} ${FROM_INSTANCE} WHERE ${where} AND instance.id > ? ORDER BY instance.id LIMIT ?`;
      return (await all<InstanceColumns>(sql, ...values, after, limit)).map(instanceRow);
    },

    async layouts({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: InstanceIdentity, neighbours) {
      const series = scopeFilter({ studyInstanceUID, seriesInstanceUID });
      const sql = `SELECT * FROM (SELECT ${INSTANCE_COLUMNS} ${FROM_INSTANCE} WHERE ${series.where} AND sop_instance_uid = ?)
        UNION ALL SELECT * FROM (SELECT ${INSTANCE_COLUMNS} ${FROM_INSTANCE} WHERE ${series.where} LIMIT ?)`;
      const rows = await all<InstanceColumns>(sql, ...series.values, sopInstanceUID, ...series.values, neighbours);
      return rows.map(instanceRow);
    },

    async segments(scope) {
      const { where, values } = scopeFilter({ ...scope, sopInstanceUID: undefined });
      return await all(
        `SELECT study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID, name,
          byte_length AS byteLength, entry_count AS entryCount, live_count AS liveCount
        FROM study JOIN series ON series.study_id = study.id
          JOIN metadata_segment ON metadata_segment.series_id = series.id
        WHERE ${where} AND live_count > 0 ORDER BY series.id, metadata_segment.id`,
        ...values,
      );
    },

    async metadataLocations(scope) {
      const { where, values } = scopeFilter(scope);
      const rows = await all<LocationColumns>(
        `SELECT study_instance_uid, series_instance_uid, sop_instance_uid, version, metadata_segment.name AS segment,
          metadata_offset, metadata_length, metadata_start, metadata_end
        ${FROM_INSTANCE} JOIN metadata_segment ON metadata_segment.id = instance.metadata_segment_id
        WHERE ${where} ORDER BY metadata_segment.id, metadata_offset, metadata_start`,
        ...values,
      );
      return rows.map(locationRow);
    },

    async metadataLocationsOf(instances) {
      const rows = await all<LocationColumns>(
        `SELECT study_instance_uid, series_instance_uid, sop_instance_uid, version, metadata_segment.name AS segment,
          metadata_offset, metadata_length, metadata_start, metadata_end
        FROM json_each(?1) AS j
          CROSS JOIN study ON study.study_instance_uid = j.value ->> 'studyInstanceUID'
          CROSS JOIN series ON series.study_id = study.id AND series.series_instance_uid = j.value ->> 'seriesInstanceUID'
          CROSS JOIN instance ON instance.series_id = series.id AND instance.sop_instance_uid = j.value ->> 'sopInstanceUID'
          JOIN metadata_segment ON metadata_segment.id = instance.metadata_segment_id`,
        identitiesJSON(instances),
      );
      return rows.map(locationRow);
    },

    async replaceSegments(replacement: SegmentReplacement) {
      const database = session();
      const statements = maintenanceSQL.replaceSegments(database, replacement);
      await retrying(() => database.batch(statements));
    },

    async scatteredSeries(limit) {
      return await all(maintenanceSQL.SCATTERED_SERIES, limit);
    },

    async deleteDeadSegments() {
      await all(maintenanceSQL.DELETE_DEAD_SEGMENTS);
    },

    async dueDeletions(now, limit) {
      const rows = await all<{ key: string }>(maintenanceSQL.DUE_DELETIONS, now, limit);
      return rows.map(({ key }) => key);
    },

    async forgetDeletions(keys) {
      await all(maintenanceSQL.FORGET_DELETIONS, JSON.stringify(keys));
    },

    async sweepPosition() {
      const [row] = await all<{ prefix: string; cursor: string | null }>(maintenanceSQL.SWEEP_POSITION);
      if (row === undefined) return undefined;
      return row.cursor === null ? { prefix: row.prefix } : { prefix: row.prefix, cursor: row.cursor };
    },

    async keepSweepPosition({ prefix, cursor }) {
      await all(maintenanceSQL.KEEP_SWEEP_POSITION, prefix, cursor ?? null);
    },

    async unreferenced(objects) {
      const rows = await all<{ key: string }>(maintenanceSQL.UNREFERENCED, JSON.stringify(objects));
      return rows.map(({ key }) => key);
    },
  };
}

const FROM_INSTANCE = `FROM study JOIN series ON series.study_id = study.id JOIN instance ON instance.series_id = series.id`;

/** The bytes that the index has for an instance. */
interface InstanceState {
  version: string;
  digest: string;
}

interface KnownState extends InstanceState {
  place: number;
}

interface SegmentCount extends SeriesIdentity {
  segments: number;
}

function seriesKey({ studyInstanceUID, seriesInstanceUID }: Partial<SeriesIdentity>): string {
  return `${studyInstanceUID}/${seriesInstanceUID}`;
}

/** @param known absent when the instance was inserted, or, at a rare moment, deleted since */
function resultOf(
  { version, digest }: InstanceRecord,
  inserted: ReadonlySet<string | undefined>,
  known: InstanceState | undefined,
): CommitOutcome['result'] {
  if (inserted.has(version) || known?.version === version) return 'stored';
  return known?.digest === digest ? 'identical' : 'conflict';
}

function commitStatements(database: D1DatabaseSession, group: CommitGroup): D1PreparedStatement[] {
  const { now } = group;
  const studies = JSON.stringify(group.studies);
  const series = JSON.stringify(group.series);
  const segmentNames = JSON.stringify(group.segments.map(({ name }) => name));
  const instances = chunks(group.instances);
  return [
    database.prepare(commitSQL.INSERT_STUDIES).bind(studies, now),
    database.prepare(commitSQL.INSERT_SERIES).bind(series, now),
    ...(group.series.some(({ requests }) => requests.length > 0)
      ? [database.prepare(commitSQL.INSERT_REQUEST_ATTRIBUTES).bind(series)]
      : []),
    database.prepare(commitSQL.INSERT_SEGMENTS).bind(JSON.stringify(group.segments)),
    ...instances.map((chunk) => database.prepare(commitSQL.INSERT_INSTANCES).bind(JSON.stringify(chunk), now)),
    database.prepare(commitSQL.COUNT_LIVE_ENTRIES).bind(segmentNames),
    database.prepare(commitSQL.COUNT_SERIES).bind(identitiesJSON(group.series), now),
    database.prepare(commitSQL.COUNT_STUDIES).bind(identitiesJSON(group.studies), now),
  ];
}

/** The UIDs of each record alone, as one parameter. */
function identitiesJSON(records: readonly Partial<InstanceIdentity>[]): string {
  return JSON.stringify(
    records.map(({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }) => ({
      studyInstanceUID,
      seriesInstanceUID,
      sopInstanceUID,
    })),
  );
}

/** A bound value may have 2 MB; an instance takes under 1 KB, or up to 4 KB with much bulk data. */
const INSTANCES_PER_STATEMENT = 400;

function chunks<T>(items: readonly T[]): T[][] {
  const found: T[][] = [];
  for (let at = 0; at < items.length; at += INSTANCES_PER_STATEMENT)
    found.push(items.slice(at, at + INSTANCES_PER_STATEMENT));
  return found;
}
