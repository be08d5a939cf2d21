-- Small rows: metadata is merged without a change to the rows of instances, and an instance has three entries in b-trees.
-- docs/decisions.md, "What a row costs". Rows of earlier releases stay as they are, and are read as they are.

-- ---------------------------------------------------------------------------------------------------------------------
-- Merged metadata

-- A segment whose entries were copied into a merged segment stays as a part of it: the rows of its instances do not change.
-- The other columns of a part are about its own entries. A merged segment counts the entries of its parts, too.
ALTER TABLE metadata_segment ADD COLUMN merged_into INTEGER;      -- id of the merged segment; NULL: it has an object of its own
-- Where its entries are in the merged object: this is added to the offsets of its members or, if merged_length has a value,
-- it is the offset of the only member.
ALTER TABLE metadata_segment ADD COLUMN merged_offset INTEGER NOT NULL DEFAULT 0;
ALTER TABLE metadata_segment ADD COLUMN merged_length INTEGER;    -- length of that member
ALTER TABLE metadata_segment ADD COLUMN merged_start INTEGER NOT NULL DEFAULT 0; -- its text in the content of that member; byte_length is its length

CREATE INDEX metadata_segment_by_series_and_part ON metadata_segment (series_id, merged_into);
DROP INDEX metadata_segment_by_series;

-- ---------------------------------------------------------------------------------------------------------------------
-- Instances

-- The segment that an instance was stored with. NULL: metadata_segment_id names it, so that instance_by_segment finds the
-- instance: segments of few entries, and rows of earlier releases. Otherwise metadata_segment_id is 0.
ALTER TABLE instance ADD COLUMN segment_id INTEGER;

-- The foreign key metadata_segment_id has to name a segment, and its check needs an index. So there is a segment 0, which has
-- no entries and belongs to any series, and this index is also the one for searches by SOPInstanceUID. The ends of UIDs
-- differ, so the end is enough.
CREATE INDEX instance_by_segment ON instance (metadata_segment_id, substr(sop_instance_uid, -16));
-- Searches by SOPInstanceUID for the others.
CREATE INDEX instance_by_uid_end ON instance (substr(sop_instance_uid, -16)) WHERE metadata_segment_id <> 0;
DROP INDEX instance_by_metadata_segment;
DROP INDEX instance_by_sop_instance_uid;

INSERT INTO metadata_segment (id, series_id, name, byte_length, entry_count)
SELECT 0, id, '0', 0, 0 FROM series ORDER BY id LIMIT 1;
CREATE TRIGGER segment_zero_inserted AFTER INSERT ON series WHEN NOT EXISTS (SELECT 1 FROM metadata_segment WHERE id = 0) BEGIN
  INSERT INTO metadata_segment (id, series_id, name, byte_length, entry_count) VALUES (0, NEW.id, '0', 0, 0);
END;
-- It moves to another series when its series is deleted, and goes with the last one.
CREATE TRIGGER segment_zero_moved BEFORE DELETE ON series
WHEN EXISTS (SELECT 1 FROM metadata_segment WHERE id = 0 AND series_id = OLD.id) BEGIN
  UPDATE metadata_segment SET series_id = coalesce((SELECT id FROM series WHERE id <> OLD.id LIMIT 1), series_id) WHERE id = 0;
  DELETE FROM metadata_segment WHERE id = 0 AND series_id = OLD.id;
END;
