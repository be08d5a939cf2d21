/*
 * Where the metadata of an instance lies. The row of an instance names the segment that it was stored with; once this segment
 * has been merged, its row says where in the merged one its entries are (migrations/0011_rows.sql).
 */

/** The segment that an instance was stored with. */
export const SEGMENT_ID = 'coalesce(instance.segment_id, instance.metadata_segment_id)';

/** `part`: the segment that an instance was stored with. `metadata_segment`: the one that has its entry now. */
export const JOIN_SEGMENT = `CROSS JOIN metadata_segment AS part ON part.id = ${SEGMENT_ID}
  CROSS JOIN metadata_segment ON metadata_segment.id = coalesce(part.merged_into, part.id)`;

/** SQL of the place of an instance's entry in the segment that has it now, by column. */
export const SEGMENT_PLACE = {
  metadata_offset: 'iif(part.merged_length IS NULL, instance.metadata_offset + part.merged_offset, part.merged_offset)',
  metadata_length: 'coalesce(part.merged_length, instance.metadata_length)',
  metadata_start: 'instance.metadata_start + part.merged_start',
  metadata_end: 'instance.metadata_end + part.merged_start',
} as const;

/** The columns of LocationColumns that say where in a segment an instance is. */
export const SEGMENT_PLACE_COLUMNS = Object.entries(SEGMENT_PLACE)
  .map(([column, place]) => `${place} AS ${column}`)
  .join(', ');

/** Condition on a segment: others were merged into it. */
export const HAS_PARTS = `EXISTS (SELECT 1 FROM metadata_segment AS held
    WHERE held.series_id = metadata_segment.series_id AND held.merged_into = metadata_segment.id)`;

/** Condition on a segment: it has an object, or content, of its own. */
export const IS_WHOLE = 'metadata_segment.merged_into IS NULL AND metadata_segment.id <> 0';

/**
 * Subtracts instances from the counts of their segments before they leave them. A second run finds none of them.
 * @param instances SQL of one row for each, with SEGMENT_ID in the column `id`, and `byte_length`
 */
export function leaveSegments(instances: string): string {
  return `WITH gone AS MATERIALIZED (
      SELECT id, count(*) AS count, sum(byte_length) AS byte_length FROM (${instances}) GROUP BY id),
    counted AS (
      SELECT id, count, byte_length FROM gone
      UNION ALL SELECT part.merged_into, count, gone.byte_length FROM gone
        CROSS JOIN metadata_segment AS part ON part.id = gone.id WHERE part.merged_into IS NOT NULL)
    UPDATE metadata_segment SET live_count = live_count - less.count, live_byte_length = live_byte_length - less.byte_length
    FROM (SELECT id, sum(count) AS count, sum(byte_length) AS byte_length FROM counted GROUP BY id) AS less
    WHERE metadata_segment.id = less.id`;
}
