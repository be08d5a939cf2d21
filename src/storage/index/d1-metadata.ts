import type { SegmentReplacement } from '../../archive/commit-group';
import type { ArchiveIndex } from '../../archive/ports';
import {
  ONE_BY_ONE_IN_SEGMENTS,
  PARTS_OF_SEGMENTS,
  type PartColumns,
  segmentContents,
} from '../commit/segment-contents';
import { JOIN_NAMED_INSTANCE } from '../commit/sql/instance-sql';
import * as maintenanceSQL from '../commit/sql/metadata-sql';
import { IS_WHOLE, JOIN_SEGMENT, SEGMENT_PLACE_COLUMNS } from '../commit/sql/segment-sql';
import { nearest, type StatementsOf } from '../statements/d1-client';
import { nearestRows } from '../statements/nearest-rows';
import { retrying } from '../statements/retries';
import { fragment } from '../statements/sql-fragment';
import { FROM_INSTANCE, FROM_SERIES, identitiesJSON, type LocationColumns, locationRow, scopeFilter } from './d1-rows';

type Metadata = Pick<
  ArchiveIndex,
  'segments' | 'metadataLocations' | 'metadataLocationsOf' | 'segmentContents' | 'replaceSegments'
>;

/**
 * Where metadata lies: the segments of series, in a D1 database.
 * @param database through the view, when there is one
 */
export function d1Metadata(database: StatementsOf): Metadata {
  const session = () => database.withSession('first-primary');
  const near = nearestRows(database);
  return {
    async segments(scope) {
      const { where, values } = scopeFilter({ ...scope, sopInstanceUID: undefined });
      const sql = `SELECT study_instance_uid AS studyInstanceUID, series_instance_uid AS seriesInstanceUID, name,
          byte_length AS byteLength, entry_count AS entryCount, live_count AS liveCount, content
        ${FROM_SERIES}
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

    async replaceSegments(replacement: SegmentReplacement) {
      const database = session();
      const statements = maintenanceSQL.replaceSegments(database, replacement);
      await retrying(() => database.batch(statements));
    },
  };
}

const LOCATION_COLUMNS = `study_instance_uid, series_instance_uid, sop_instance_uid, version,
  metadata_segment.name AS segment, ${SEGMENT_PLACE_COLUMNS}`;
const IN_ORDER_WRITTEN = 'ORDER BY metadata_segment.id, metadata_offset, metadata_start';
