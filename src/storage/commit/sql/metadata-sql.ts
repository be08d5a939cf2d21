import type { SegmentReplacement } from '../../../archive/commit-group';
import { PART_ENTRIES } from '../../../archive/metadata/compaction-tiers';
import { segmentKey } from '../../../archive/object-keys';
import { TRANSFER_SYNTAX_UID } from '../../instance-form';
import type { Statement, Statements } from '../../statements/d1-client';
import { jsonChunks } from '../../statements/json-chunks';
import { JOIN_SEGMENT } from './segment-sql';

/**
 * Moves the entries of segments to a merged segment. Parts move as a whole, without a change to the rows of their
 * instances; the other instances move one by one. An entry moves only if it is still in the segment where it was read. A
 * compactor that lost a race moves nothing; its segment has no entries then, and is deleted at once. A second run of the
 * statements changes nothing.
 */
export function replaceSegments(database: Statements, replacement: SegmentReplacement): Statement[] {
  const { studyInstanceUID, seriesInstanceUID, to, from, parts, locations, dueAt } = replacement;
  const run = (sql: string, ...values: (string | number | null)[]) => database.prepare(sql).bind(...values);
  const keys = [to.name, ...from].map((name) => ({ name, key: segmentKey(replacement, name) }));
  const names = JSON.stringify([to.name, ...from]);
  // Instances that are found by their segment can move one by one again.
  const isFound = parts.length > 0 || locations.length < PART_ENTRIES;
  const moves = jsonChunks(locations).flatMap(({ json }) => [
    run(COUNT_ONE_BY_ONE, json, to.name),
    run(MOVE_ONE_BY_ONE, json, to.name, Number(isFound)),
  ]);
  const movedParts = jsonChunks(parts).flatMap(({ json }) => [
    run(COUNT_PARTS, json, to.name),
    run(MOVE_PARTS, json, to.name),
  ]);
  return [
    run(INSERT_MERGED, studyInstanceUID, seriesInstanceUID, to.name, to.byteLength, to.entryCount, to.content ?? null),
    ...moves,
    ...movedParts,
    run(QUEUE_REPLACED, JSON.stringify(keys), dueAt),
    run(DELETE_DEAD_PARTS, names),
    run(DELETE_REPLACED, names),
    ...(parts.length === 0 ? [] : [run(RENAME_PARTS, JSON.stringify(from))]),
    run(END_UNMERGED, studyInstanceUID, seriesInstanceUID),
  ];
}

/** ?1, ?2: the series. ?3 to ?6: the segment. */
const INSERT_MERGED = `
INSERT INTO metadata_segment (series_id, name, byte_length, entry_count, content)
SELECT series.id, ?3, ?4, ?5, ?6 FROM study JOIN series ON series.study_id = study.id
WHERE study_instance_uid = ?1 AND series_instance_uid = ?2 ON CONFLICT (name) DO NOTHING`;

/**
 * ?1: the instances that move one by one. ?2: the merged segment. Joined in this order, so that SQLite looks up these instances
 * and does not read the whole series for each.
 */
const ONE_BY_ONE = `metadata_segment AS target CROSS JOIN json_each(?1) AS j
  CROSS JOIN instance ON instance.series_id = target.series_id
    AND instance.sop_instance_uid = j.value ->> 'sopInstanceUID' AND instance.version = j.value ->> 'version'
  ${JOIN_SEGMENT} AND metadata_segment.name = j.value ->> 'from'
  WHERE target.name = ?2`;

/** Moves these instances from the counts of their segments to that of the merged segment. */
const COUNT_ONE_BY_ONE = `
WITH moved AS MATERIALIZED (
  SELECT target.id AS target, part.id, part.merged_into, instance.byte_length FROM ${ONE_BY_ONE}),
changed AS (
  SELECT id, -count(*) AS count, -sum(byte_length) AS byte_length FROM moved GROUP BY id
  UNION ALL SELECT merged_into, -count(*), -sum(byte_length) FROM moved WHERE merged_into IS NOT NULL GROUP BY merged_into
  UNION ALL SELECT target, count(*), sum(byte_length) FROM moved GROUP BY target)
UPDATE metadata_segment SET live_count = live_count + total.count, live_byte_length = live_byte_length + total.byte_length
FROM (SELECT id, sum(count) AS count, sum(byte_length) AS byte_length FROM changed GROUP BY id) AS total
WHERE metadata_segment.id = total.id`;

/** Moves these instances to the merged segment. ?3: whether they are found by their segment. */
const MOVE_ONE_BY_ONE = `
WITH moved AS MATERIALIZED (SELECT instance.id, target.id AS segment, j.value FROM ${ONE_BY_ONE})
UPDATE instance SET metadata_segment_id = iif(?3, moved.segment, 0), segment_id = iif(?3, NULL, moved.segment),
  metadata_offset = moved.value ->> 'offset', metadata_length = moved.value ->> 'length',
  metadata_start = moved.value ->> 'start', metadata_end = moved.value ->> 'end'
FROM moved WHERE instance.id = moved.id`;

/** ?1: the parts that move. ?2: the merged segment. A segment with an object of its own becomes a part. */
const PARTS = `metadata_segment AS target CROSS JOIN json_each(?1) AS j
  CROSS JOIN metadata_segment AS part ON part.id = j.value ->> 'id' AND part.series_id = target.series_id
  CROSS JOIN metadata_segment AS source ON source.id = coalesce(part.merged_into, part.id) AND source.name = j.value ->> 'from'
  WHERE target.name = ?2`;

/**
 * Moves the parts to the count of the merged segment. Only merged segments count their parts: a segment that becomes a
 * part keeps its counts.
 */
const COUNT_PARTS = `
WITH moved AS MATERIALIZED (
  SELECT target.id AS target, part.merged_into, part.live_count, part.live_byte_length FROM ${PARTS}),
changed AS (
  SELECT merged_into AS id, -sum(live_count) AS count, -sum(live_byte_length) AS byte_length
  FROM moved WHERE merged_into IS NOT NULL GROUP BY merged_into
  UNION ALL SELECT target, sum(live_count), sum(live_byte_length) FROM moved GROUP BY target)
UPDATE metadata_segment SET live_count = live_count + total.count, live_byte_length = live_byte_length + total.byte_length
FROM (SELECT id, sum(count) AS count, sum(byte_length) AS byte_length FROM changed GROUP BY id) AS total
WHERE metadata_segment.id = total.id`;

const MOVE_PARTS = `
WITH moved AS MATERIALIZED (SELECT part.id, target.id AS segment, j.value FROM ${PARTS})
UPDATE metadata_segment SET merged_into = moved.segment, merged_offset = moved.value ->> 'offset',
  merged_length = moved.value ->> 'length', merged_start = moved.value ->> 'start', byte_length = moved.value ->> 'byteLength'
FROM moved WHERE metadata_segment.id = moved.id`;

/** ?1: [{name, key}]. ?2: the time. */
const QUEUE_REPLACED = `
INSERT INTO deletion (key, due_at)
SELECT j.value ->> 'key', ?2 FROM json_each(?1) AS j
  JOIN metadata_segment ON metadata_segment.name = j.value ->> 'name' AND content IS NULL
    AND (live_count = 0 OR merged_into IS NOT NULL)
-- A removed instance may come back to its segment.
WHERE NOT EXISTS (SELECT 1 FROM removal WHERE removal.segment = j.value ->> 'name') ON CONFLICT (key) DO NOTHING`;

/** ?1: names. */
const DELETE_DEAD_PARTS = `
DELETE FROM metadata_segment WHERE id IN (
  SELECT part.id FROM json_each(?1) AS j CROSS JOIN metadata_segment AS whole ON whole.name = j.value
    CROSS JOIN metadata_segment AS part ON part.series_id = whole.series_id AND part.merged_into = whole.id
  WHERE part.live_count = 0)`;

/** ?1: names. */
const DELETE_REPLACED = `
DELETE FROM metadata_segment WHERE name IN (SELECT value FROM json_each(?1)) AND live_count = 0`;

/**
 * ?1: names. A part has no object of its own, and a removed instance that comes back to the object with its name must not find
 * the part.
 */
const RENAME_PARTS = `
UPDATE metadata_segment SET name = '+' || lower(hex(randomblob(8))), content = NULL
WHERE name IN (SELECT value FROM json_each(?1)) AND merged_into IS NOT NULL`;

/** ?1: StudyInstanceUID. ?2: SeriesInstanceUID. */
const END_UNMERGED = `
UPDATE series SET unmerged_at = NULL
WHERE study_id = (SELECT id FROM study WHERE study_instance_uid = ?1) AND series_instance_uid = ?2
  AND unmerged_at IS NOT NULL
  AND (SELECT count(*) FROM metadata_segment
    WHERE series_id = series.id AND merged_into IS NULL AND live_count > 0) < 2`;

/**
 * Condition on an instance: it has one frame, uncompressed and little-endian, and has not been examined for a copy yet.
 */
export const MAY_BE_COPIED = `coalesce(number_of_frames, 1) = 1 AND number_of_rows IS NOT NULL
  AND ${TRANSFER_SYNTAX_UID} IN ('1.2.840.10008.1.2', '1.2.840.10008.1.2.1')
  AND iif(substr(layout, 1, 1) = '[', json_array_length(layout) = 2,
    layout ->> '$.pixels.kind' = 'native' AND layout -> '$.copyLength' IS NULL)`;

/** ?1: copies. Changes nothing for an instance that has another version now. */
export const KEEP_FRAME_COPIES = `
UPDATE instance SET layout = json_set(
  instance.layout, iif(substr(instance.layout, 1, 1) = '[', '$[2]', '$.copyLength'), j.value ->> 'length')
FROM json_each(?1) AS j WHERE instance.id = j.value ->> 'id' AND instance.version = j.value ->> 'version'`;
