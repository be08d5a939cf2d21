import type { SegmentReplacement } from '../../archive/commit-group';
import { segmentKey } from '../../archive/object-keys';
import type { Statements } from '../visibility/confined-database';
import { COUNT_NAMED_SEGMENTS } from './commit-sql';

/**
 * Moves instances to the merged segment. An instance moves only if it still has the version and the segment that were
 * read. A compactor that lost a race moves nothing, and its segment, which no instance names then, is deleted at once.
 */
export function replaceSegments(database: Statements, replacement: SegmentReplacement): D1PreparedStatement[] {
  const { to, from, locations, dueAt } = replacement;
  const oldKeys = from.map((name) => ({ name, key: segmentKey(replacement, name) }));
  const statements = [
    database
      .prepare(
        `INSERT INTO metadata_segment (series_id, name, byte_length, entry_count, content)
        SELECT series.id, ?3, ?4, ?5, ?6 FROM study JOIN series ON series.study_id = study.id
        WHERE study_instance_uid = ?1 AND series_instance_uid = ?2 ON CONFLICT (name) DO NOTHING`,
      )
      .bind(
        replacement.studyInstanceUID,
        replacement.seriesInstanceUID,
        to.name,
        to.byteLength,
        to.entryCount,
        to.content ?? null,
      ),
  ];
  for (let at = 0; at < locations.length; at += MOVES_PER_STATEMENT) {
    statements.push(
      database
        .prepare(
          // Materialized, and joined in this order, so that SQLite looks up the instances that move and does not read
          // the whole series for each.
          `WITH moved AS MATERIALIZED (
            SELECT here.id, target.id AS segment, j.value
            FROM metadata_segment AS target CROSS JOIN json_each(?1) AS j
              CROSS JOIN metadata_segment AS source ON source.name = j.value ->> 'from'
              CROSS JOIN instance AS here ON here.series_id = target.series_id
                AND here.sop_instance_uid = j.value ->> 'sopInstanceUID' AND here.version = j.value ->> 'version'
                AND +here.metadata_segment_id = source.id
            WHERE target.name = ?2)
          UPDATE instance SET metadata_segment_id = moved.segment, metadata_offset = moved.value ->> 'offset',
            metadata_length = moved.value ->> 'length', metadata_start = moved.value ->> 'start',
            metadata_end = moved.value ->> 'end'
          FROM moved WHERE instance.id = moved.id`,
        )
        .bind(JSON.stringify(locations.slice(at, at + MOVES_PER_STATEMENT)), to.name),
    );
  }
  const names = JSON.stringify([to.name, ...from]);
  return [
    ...statements,
    database.prepare(COUNT_NAMED_SEGMENTS).bind(names),
    database
      .prepare(
        `INSERT INTO deletion (key, due_at)
        SELECT j.value ->> 'key', ?2 FROM json_each(?1) AS j
          JOIN metadata_segment ON metadata_segment.name = j.value ->> 'name' AND live_count = 0 AND content IS NULL
        -- A removed instance may come back to its segment.
        WHERE NOT EXISTS (SELECT 1 FROM removal WHERE removal.segment = j.value ->> 'name') ON CONFLICT (key) DO NOTHING`,
      )
      .bind(JSON.stringify([...oldKeys, { name: to.name, key: segmentKey(replacement, to.name) }]), dueAt),
    database
      .prepare('DELETE FROM metadata_segment WHERE name IN (SELECT value FROM json_each(?1)) AND live_count = 0')
      .bind(names),
    database.prepare(END_UNMERGED).bind(replacement.studyInstanceUID, replacement.seriesInstanceUID),
  ];
}

/** ?1: StudyInstanceUID. ?2: SeriesInstanceUID. */
const END_UNMERGED = `
UPDATE series SET unmerged_at = NULL
WHERE study_id = (SELECT id FROM study WHERE study_instance_uid = ?1) AND series_instance_uid = ?2
  AND unmerged_at IS NOT NULL
  AND (SELECT count(*) FROM metadata_segment WHERE series_id = series.id AND live_count > 0) < 2`;

const MOVES_PER_STATEMENT = 1000;

/**
 * Condition on an instance: it has one frame, uncompressed and little-endian, and has not been examined for a copy yet.
 */
export const MAY_BE_COPIED = `coalesce(number_of_frames, 1) = 1 AND number_of_rows IS NOT NULL
  AND transfer_syntax_uid IN ('1.2.840.10008.1.2', '1.2.840.10008.1.2.1')
  AND layout ->> '$.pixels.kind' = 'native' AND layout -> '$.copyLength' IS NULL`;

/** ?1: copies. Changes nothing for an instance that has another version now. */
export const KEEP_FRAME_COPIES = `
UPDATE instance SET layout = json_set(instance.layout, '$.copyLength', j.value ->> 'length')
FROM json_each(?1) AS j WHERE instance.id = j.value ->> 'id' AND instance.version = j.value ->> 'version'`;
