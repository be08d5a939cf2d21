-- What the archive holds in all, so that the total of a search without keys is not counted. One row.
CREATE TABLE archive_total (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  study INTEGER NOT NULL,                           -- rows of each table
  series INTEGER NOT NULL,
  instance INTEGER NOT NULL
);
INSERT INTO archive_total (id, study, series, instance)
SELECT 1, count(*), coalesce(sum(number_of_study_related_series), 0),
  coalesce(sum(number_of_study_related_instances), 0) FROM study;

CREATE TRIGGER total_study_inserted AFTER INSERT ON study BEGIN
  UPDATE archive_total SET study = study + 1, series = series + NEW.number_of_study_related_series,
    instance = instance + NEW.number_of_study_related_instances;
END;
CREATE TRIGGER total_study_deleted AFTER DELETE ON study BEGIN
  UPDATE archive_total SET study = study - 1, series = series - OLD.number_of_study_related_series,
    instance = instance - OLD.number_of_study_related_instances;
END;
CREATE TRIGGER total_study_updated
AFTER UPDATE OF number_of_study_related_series, number_of_study_related_instances ON study
WHEN OLD.number_of_study_related_series <> NEW.number_of_study_related_series
  OR OLD.number_of_study_related_instances <> NEW.number_of_study_related_instances BEGIN
  UPDATE archive_total SET
    series = series + NEW.number_of_study_related_series - OLD.number_of_study_related_series,
    instance = instance + NEW.number_of_study_related_instances - OLD.number_of_study_related_instances;
END;

-- CRC-32 of the Part 10 file, for ZIP archives. NULL: stored before it was kept.
ALTER TABLE instance ADD COLUMN crc32 INTEGER;

-- The segment itself, where it is short: base64 of its only gzip member, and no object in the bucket. A series of one
-- instance stays so; what comes one by one is merged first, and then written to the bucket. NULL: an object.
ALTER TABLE metadata_segment ADD COLUMN content TEXT;
