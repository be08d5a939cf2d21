import type { SegmentReplacement } from '../archive/commit';
import { segmentKey } from '../archive/object-keys';

/**
 * Moves instances to the merged segment. Only an instance that still has the version and the segment it was read from
 * moves: a compactor that lost a race moves nothing, and its segment, which then no instance names, goes at once.
 */
export function replaceSegments(database: D1DatabaseSession, replacement: SegmentReplacement): D1PreparedStatement[] {
  const { to, from, locations, dueAt } = replacement;
  const oldKeys = from.map((name) => ({ name, key: segmentKey(replacement, name) }));
  const statements = [
    database
      .prepare(
        `INSERT INTO metadata_segment (series_id, name, byte_length, entry_count)
        SELECT series.id, ?3, ?4, ?5 FROM study JOIN series ON series.study_id = study.id
        WHERE study_instance_uid = ?1 AND series_instance_uid = ?2 ON CONFLICT (name) DO NOTHING`,
      )
      .bind(replacement.studyInstanceUID, replacement.seriesInstanceUID, to.name, to.byteLength, to.entryCount),
  ];
  for (let at = 0; at < locations.length; at += MOVES_PER_STATEMENT) {
    statements.push(
      database
        .prepare(
          `UPDATE instance SET metadata_segment_id = target.id, metadata_offset = j.value ->> 'offset',
            metadata_length = j.value ->> 'length', metadata_start = j.value ->> 'start', metadata_end = j.value ->> 'end'
          FROM json_each(?1) AS j, metadata_segment AS target, metadata_segment AS source
          WHERE target.name = ?2 AND source.name = j.value ->> 'from'
            AND instance.series_id = target.series_id AND instance.sop_instance_uid = j.value ->> 'sopInstanceUID'
            AND instance.version = j.value ->> 'version' AND instance.metadata_segment_id = source.id`,
        )
        .bind(JSON.stringify(locations.slice(at, at + MOVES_PER_STATEMENT)), to.name),
    );
  }
  const names = JSON.stringify([to.name, ...from]);
  return [
    ...statements,
    database
      .prepare('UPDATE metadata_segment SET live_count = 0 WHERE name IN (SELECT value FROM json_each(?1))')
      .bind(names),
    database
      .prepare(
        `UPDATE metadata_segment SET live_count = live.n
        FROM (SELECT metadata_segment_id AS id, count(*) AS n FROM instance
          WHERE series_id = (SELECT series_id FROM metadata_segment WHERE name = ?1) GROUP BY metadata_segment_id) AS live
        WHERE metadata_segment.id = live.id`,
      )
      .bind(to.name),
    database
      .prepare(
        `INSERT INTO deletion (key, due_at)
        SELECT j.value ->> 'key', ?2 FROM json_each(?1) AS j
          JOIN metadata_segment ON metadata_segment.name = j.value ->> 'name' AND live_count = 0
        -- A removed instance may come back to its segment.
        WHERE NOT EXISTS (SELECT 1 FROM removal WHERE removal.segment = j.value ->> 'name') ON CONFLICT (key) DO NOTHING`,
      )
      .bind(JSON.stringify([...oldKeys, { name: to.name, key: segmentKey(replacement, to.name) }]), dueAt),
    database
      .prepare('DELETE FROM metadata_segment WHERE name IN (SELECT value FROM json_each(?1)) AND live_count = 0')
      .bind(names),
  ];
}

const MOVES_PER_STATEMENT = 1000;

/** Of an instance: one frame, uncompressed and little-endian, and nobody has looked whether it can have a copy. */
export const MAY_BE_COPIED = `coalesce(number_of_frames, 1) = 1 AND number_of_rows IS NOT NULL
  AND transfer_syntax_uid IN ('1.2.840.10008.1.2', '1.2.840.10008.1.2.1')
  AND layout ->> '$.pixels.kind' = 'native' AND layout -> '$.copyLength' IS NULL`;

/** ?1: copies. An instance that has got another version meanwhile keeps nothing. */
export const KEEP_FRAME_COPIES = `
UPDATE instance SET layout = json_set(instance.layout, '$.copyLength', j.value ->> 'length')
FROM json_each(?1) AS j WHERE instance.id = j.value ->> 'id' AND instance.version = j.value ->> 'version'`;
