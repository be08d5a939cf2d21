import { hexadecimal } from '../archive/bytes';
import type { SegmentReplacement } from '../archive/commit-group';
import type { InstanceIdentity } from '../archive/identities';
import type { SeriesTimes } from '../archive/metadata/compaction-tiers';
import type { SearchQuery } from '../archive/search/search-query';
import { type Author, NOBODY } from './commit/author';
import { commitGroup } from './commit/d1-commit';
import { JOIN_NAMED_INSTANCE } from './commit/instance-sql';
import { KnownSeries } from './commit/known-series';
import * as maintenanceSQL from './commit/metadata-sql';
import {
  ONE_BY_ONE_IN_SEGMENTS,
  PARTS_OF_SEGMENTS,
  type PartColumns,
  segmentContents,
} from './commit/segment-contents';
import { IS_WHOLE, JOIN_SEGMENT, SEGMENT_PLACE_COLUMNS } from './commit/segment-sql';
import { nearest, type Statements, type StatementsOf } from './d1-client';
import {
  INSTANCE_COLUMNS,
  type InstanceColumns,
  identitiesJSON,
  instanceRow,
  type LocationColumns,
  locationRow,
  scopeFilter,
} from './d1-rows';
import type { DatabaseIndex } from './database-index';
import { FROM_INSTANCE, LAYOUTS, LONGEST_NEIGHBOUR } from './layouts-sql';
import { retrying } from './retries';
import { rowsOf } from './rows-of';
import { leastMatches } from './search/least-matches';
import { representativeSQL } from './search/representative-sql';
import { keysOf } from './search/search-order';
import { type SearchColumns, searchRow } from './search/search-row';
import {
  countSQL,
  dependsOnStudiesAlone,
  matchingRowsSQL,
  newestRowSQL,
  rankedColumns,
  rowsSQL,
  searchSQL,
} from './search/search-sql';
import { type Fragment, fragment, type SqlValue } from './sql-fragment';
import type { View } from './visibility/view';

/** What an index needs besides its database. */
export interface IndexOptions {
  /** Of all the archive's indexes in the isolate. */
  readonly known?: KnownSeries;
  /** Where and as whom groups are committed. */
  readonly commits?: () => { readonly database: StatementsOf; readonly author: Author };
  /** What can be seen of the archive; absent: everything. */
  readonly view?: View;
}

/**
 * The index of one archive in a D1 database.
 * @param database through the view, when there is one
 */
export function d1Index(database: StatementsOf, options: IndexOptions = {}): DatabaseIndex {
  const { known = new KnownSeries(), view } = options;
  const commits = options.commits ?? (() => ({ database, author: NOBODY }));
  const session = () => database.withSession('first-primary');
  const all = rowsOf(database);
  /** As `all`, from the nearest copy that has what is looked for. */
  const near = async <Row>(
    { sql, parameters }: Fragment,
    isFound: (rows: readonly Row[]) => boolean = isThere,
  ): Promise<readonly Row[]> => {
    const ask = async (to: Statements) => [
      await to
        .prepare(sql)
        .bind(...parameters)
        .all<Row>(),
    ];
    const [rows = []] = await nearest(database, ask, ([rows = []]) => isFound(rows));
    return rows;
  };

  const searched = async (query: SearchQuery, { known, hasState, select }: Searched) => {
    const found = searchSQL(query, view, hasState ? known : undefined, select);
    const newest = newestRowSQL(query.level, hasState);
    const [mark, rows = []] = await nearest<SearchColumns & RankedColumns>(
      database,
      (to) => to.batch([to.prepare(newest.sql).bind(), to.prepare(found.sql).bind(...found.parameters)]),
      ([mark, rows = []]) => rows.length >= leastMatches(query) || (hasState && isKept(mark?.[0]?.state, known)),
    );
    const { newest_row: newestRow = 0, state } = mark?.[0] ?? {};
    return { rows, newestRow: query.newestRow ?? newestRow, state };
  };

  return {
    async commit(group) {
      const { database, author } = commits();
      return await commitGroup(database.withSession('first-primary'), group, author, known);
    },

    async search(query, known) {
      const hasState = view === undefined && dependsOnStudiesAlone(query);
      const { rows, newestRow, state } = await searched(query, { known, hasState });
      // A database that has not changed since the migration has no state yet: another one could have the same.
      return { rows: rows.map((row) => searchRow(row)), newestRow, ...(hasState && state && { state }) };
    },

    async ranked(query, withRows) {
      const { rows, newestRow } = await searched(query, { select: rankedColumns(query, withRows), hasState: false });
      const count = keysOf(query).length;
      return {
        rows: rows.map((row) => ({
          id: row.row_id,
          keys: Array.from({ length: count }, (_, at) => row[`key_${at}`] ?? null),
          ...(withRows && { row: searchRow(row) }),
        })),
        newestRow,
      };
    },

    async patients(limit) {
      const found = await near<{ id: string; issuer: string | null }>(fragment(PATIENTS, limit), anyway);
      return found.map(({ id, issuer }) => [id, issuer] as const);
    },

    async rowsByID(query, ids) {
      const rows = await near<SearchColumns & RankedColumns>(rowsSQL(query, ids), anyway);
      return new Map(rows.map((row) => [row.row_id, searchRow(row)]));
    },

    async matchingRows(query: SearchQuery) {
      return (await near<{ id: number }>(matchingRowsSQL(query))).map(({ id }) => id);
    },

    async rowsOf(query, ids) {
      return (await near<SearchColumns>(rowsSQL(query, ids), anyway)).map(searchRow);
    },

    async count(query: SearchQuery) {
      const [row] = await near<{ total: number }>(countSQL(query, view), ([row]) => row!.total >= leastMatches(query));
      return row?.total ?? 0;
    },

    async instances(scope, after, limit) {
      const { where, values } = scopeFilter(scope);
      const sql = `SELECT ${INSTANCE_COLUMNS} ${FROM_INSTANCE} WHERE ${where} AND instance.id > ? ORDER BY instance.id LIMIT ?`;
      // A page after the last instance is empty.
      const isFound = after > 0 ? anyway : isThere;
      return (await near<InstanceColumns>(fragment(sql, ...values, after, limit), isFound)).map(instanceRow);
    },

    async layouts({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: InstanceIdentity, neighbours) {
      const uids = [studyInstanceUID, seriesInstanceUID, sopInstanceUID];
      const rows = await near<InstanceColumns>(
        fragment(LAYOUTS, ...uids, neighbours, LONGEST_NEIGHBOUR, Math.floor(neighbours / 4)),
        ([first]) => first?.sop_instance_uid === sopInstanceUID,
      );
      return rows.map(instanceRow);
    },

    async representative(scope) {
      const { sql, values } = representativeSQL(scope);
      const [row] = await near<InstanceColumns>(fragment(sql, ...values));
      return row === undefined ? undefined : instanceRow(row);
    },

    async secret(name) {
      const made = hexadecimal(crypto.getRandomValues(new Uint8Array(32)));
      const [row] = await all<{ value: string }>(SECRET, name, made);
      return Uint8Array.from(row!.value.match(/../g)!, (digits) => Number.parseInt(digits, 16));
    },

    async segments(scope) {
      const { where, values } = scopeFilter({ ...scope, sopInstanceUID: undefined });
      const sql = `SELECT study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID, name,
          byte_length AS byteLength, entry_count AS entryCount, live_count AS liveCount, content
        FROM study JOIN series ON series.study_id = study.id
          JOIN metadata_segment ON metadata_segment.series_id = series.id AND ${IS_WHOLE}
        WHERE ${where} AND live_count > 0 ORDER BY series.id, metadata_segment.id`;
      return await near(fragment(sql, ...values));
    },

    async metadataLocations(scope) {
      const { where, values } = scopeFilter(scope);
      const columns =
        scope.sopInstanceUID === undefined ? LOCATION_COLUMNS : `${LOCATION_COLUMNS}, metadata_segment.content`;
      const sql = `SELECT ${columns} ${FROM_INSTANCE} ${JOIN_SEGMENT} WHERE ${where} ${IN_ORDER_WRITTEN}`;
      return (await near<LocationColumns>(fragment(sql, ...values))).map(locationRow);
    },

    async metadataLocationsOf(instances) {
      const identities = identitiesJSON(instances);
      if (identities.length === 0) return [];
      const sql = `SELECT ${LOCATION_COLUMNS}, metadata_segment.content FROM json_each(?1) AS j ${JOIN_NAMED_INSTANCE} ${JOIN_SEGMENT}`;
      const found = await nearest<LocationColumns>(
        database,
        (to) => to.batch(identities.map((some) => to.prepare(sql).bind(some))),
        (rows) => rows.flat().length >= instances.length,
      );
      return found.flat().map(locationRow);
    },

    async segmentContents(series, names) {
      const database = session();
      const json = JSON.stringify(names);
      const statements = [PARTS_OF_SEGMENTS, ONE_BY_ONE_IN_SEGMENTS].map((sql) => database.prepare(sql).bind(json));
      const [parts, singles] = await retrying(() => database.batch<PartColumns & LocationColumns>(statements));
      return segmentContents(series, names, parts?.results ?? [], singles?.results ?? []);
    },

    async seriesTimes(series) {
      const { where, values } = scopeFilter(series);
      const [row] = await all<SeriesTimes>(
        `SELECT series.created_at AS createdAt, series.updated_at AS updatedAt
        FROM study JOIN series ON series.study_id = study.id WHERE ${where}`,
        ...values,
      );
      return row;
    },

    async labels(studyInstanceUID) {
      const [row] = await all<{ labels: string }>(
        'SELECT labels FROM study WHERE study_instance_uid = ?',
        studyInstanceUID,
      );
      return row && JSON.parse(row.labels);
    },

    async replaceLabels(studyInstanceUID, labels, now) {
      const changed = await all(REPLACE_LABELS, studyInstanceUID, JSON.stringify(labels), now);
      return changed.length > 0;
    },

    async replaceSegments(replacement: SegmentReplacement) {
      const database = session();
      const statements = maintenanceSQL.replaceSegments(database, replacement);
      await retrying(() => database.batch(statements));
    },

    async framesToCopy(series, limit) {
      const { where, values } = scopeFilter(series);
      const sql = `SELECT ${INSTANCE_COLUMNS} ${FROM_INSTANCE} WHERE ${where} AND ${maintenanceSQL.MAY_BE_COPIED}
        ORDER BY instance.id LIMIT ?`;
      return (await all<InstanceColumns>(sql, ...values, limit)).map(instanceRow);
    },

    async keepFrameCopies(copies) {
      await all(maintenanceSQL.KEEP_FRAME_COPIES, JSON.stringify(copies));
    },
  };
}

/** What an empty answer means: there is nothing, or a copy does not have it yet. */
const isThere = (rows: readonly unknown[]) => rows.length > 0;

/** An empty answer is no reason to ask again. */
const anyway = () => true;

/** The state of the index is that of the page that is kept. */
function isKept(state: string | undefined, known: string | undefined): boolean {
  return known !== undefined && state === known;
}

interface Searched {
  readonly known?: string | undefined;
  readonly hasState: boolean;
  readonly select?: Fragment;
}

/** Columns of rankedColumns and of newestRowSQL. */
interface RankedColumns {
  readonly newest_row: number;
  readonly state?: string;
  readonly row_id: number;
  readonly [key: `key_${number}`]: SqlValue;
}

const PATIENTS = `SELECT DISTINCT patient_id AS id, issuer_of_patient_id AS issuer FROM study WHERE patient_id <> '' LIMIT ?`;

/** The first key stays. An update that changes nothing returns the row. */
const SECRET = `INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value RETURNING value`;

/** The study is looked up where only what can be seen is there. */
const REPLACE_LABELS = `UPDATE study SET labels = ?2, updated_at = ?3
  WHERE id IN (SELECT id FROM study WHERE study_instance_uid = ?1) RETURNING id`;

const LOCATION_COLUMNS = `study_instance_uid, series_instance_uid, sop_instance_uid, version,
  metadata_segment.name AS segment, ${SEGMENT_PLACE_COLUMNS}`;
const IN_ORDER_WRITTEN = 'ORDER BY metadata_segment.id, metadata_offset, metadata_start';
