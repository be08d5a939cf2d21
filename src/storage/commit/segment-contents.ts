import type { SeriesIdentity } from '../../archive/identities';
import { PART_ENTRIES } from '../../archive/metadata/compaction-tiers';
import type { SegmentContents, SegmentPart } from '../../archive/rows';
import { type LocationColumns, locationRow } from '../index/d1-rows';
import { HAS_PARTS, JOIN_SEGMENT, SEGMENT_ID, SEGMENT_PLACE_COLUMNS } from './sql/segment-sql';

/*
 * The contents of metadata segments, for merging: parts that can move as a whole, and instances that have to move one by
 * one. An entry that does not count any more is left out, so its part does not move as a whole. Instances of the others
 * are found by their segment if there are few of them; otherwise all instances of the series are read, and all bytes of
 * the segment.
 */

/** ?1: names. */
const NAMED = `named AS MATERIALIZED (
  SELECT metadata_segment.*, ${HAS_PARTS} AS has_parts
  FROM json_each(?1) AS j CROSS JOIN metadata_segment ON metadata_segment.name = j.value)`;

const IS_CLEAN = 'live_count = entry_count AND live_count > 0';

/** ?1: names of segments. */
export const PARTS_OF_SEGMENTS = `
WITH ${NAMED}
SELECT name AS segment, id, entry_count AS entryCount, 0 AS offset, NULL AS length, 0 AS start, byte_length AS byteLength
FROM named WHERE NOT has_parts AND entry_count >= ${PART_ENTRIES} AND ${IS_CLEAN}
UNION ALL
SELECT named.name, part.id, part.entry_count, part.merged_offset, part.merged_length, part.merged_start, part.byte_length
FROM named CROSS JOIN metadata_segment AS part ON part.series_id = named.series_id AND part.merged_into = named.id
WHERE part.live_count = part.entry_count AND part.live_count > 0`;

/** ?1: names of segments. */
export const ONE_BY_ONE_IN_SEGMENTS = `
WITH ${NAMED},
found AS MATERIALIZED (SELECT id FROM named WHERE has_parts OR entry_count < ${PART_ENTRIES}),
scanned AS MATERIALIZED (
  SELECT id, series_id FROM named WHERE NOT has_parts AND entry_count >= ${PART_ENTRIES} AND NOT (${IS_CLEAN})
  UNION ALL
  SELECT part.id, part.series_id
  FROM named CROSS JOIN metadata_segment AS part ON part.series_id = named.series_id AND part.merged_into = named.id
  WHERE part.live_count BETWEEN 1 AND part.entry_count - 1),
single AS (
  SELECT instance.* FROM found CROSS JOIN instance ON instance.metadata_segment_id = found.id
  UNION ALL
  SELECT instance.* FROM (SELECT DISTINCT series_id FROM scanned) AS whole
    CROSS JOIN instance ON instance.series_id = whole.series_id
  WHERE ${SEGMENT_ID} IN (SELECT id FROM scanned))
SELECT sop_instance_uid, version, metadata_segment.name AS segment, ${SEGMENT_PLACE_COLUMNS}
FROM single AS instance ${JOIN_SEGMENT}
ORDER BY metadata_segment.id, metadata_offset, metadata_start`;

/** A row of PARTS_OF_SEGMENTS. */
export interface PartColumns extends SegmentPart {
  readonly segment: string;
}

/** The contents of segments, in the order of their names. */
export function segmentContents(
  series: SeriesIdentity,
  names: readonly string[],
  parts: readonly PartColumns[],
  singles: readonly Omit<LocationColumns, 'study_instance_uid' | 'series_instance_uid'>[],
): SegmentContents[] {
  const { studyInstanceUID: study_instance_uid, seriesInstanceUID: series_instance_uid } = series;
  const located = (row: (typeof singles)[number]) => locationRow({ ...row, study_instance_uid, series_instance_uid });
  const partsOf = Map.groupBy(parts, ({ segment }) => segment);
  const locationsOf = Map.groupBy(singles.map(located), ({ segment }) => segment);
  return names.map((segment) => ({
    segment,
    parts: (partsOf.get(segment) ?? []).map(({ segment: _, ...part }) => part),
    locations: locationsOf.get(segment) ?? [],
  }));
}
