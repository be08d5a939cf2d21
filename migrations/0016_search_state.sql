-- The state of all rows of `study`: a text that no earlier state had. A search whose answer depends on these rows alone finds by
-- it that the answer is the one of last time (src/storage/search/search-sql.ts). It is random and not a count, so that a
-- database that was set back to an earlier moment does not repeat a state with other rows. Empty: nothing has changed since this
-- migration, and no search may rely on it.
ALTER TABLE archive_total ADD COLUMN state TEXT NOT NULL DEFAULT '';

DROP TRIGGER total_study_inserted;
DROP TRIGGER total_study_deleted;
DROP TRIGGER total_study_updated;
CREATE TRIGGER total_study_inserted AFTER INSERT ON study BEGIN
  UPDATE archive_total SET study = study + 1, series = series + NEW.number_of_study_related_series,
    instance = instance + NEW.number_of_study_related_instances, byte_length = byte_length + NEW.total_byte_length,
    state = hex(randomblob(12));
END;
CREATE TRIGGER total_study_deleted AFTER DELETE ON study BEGIN
  UPDATE archive_total SET study = study - 1, series = series - OLD.number_of_study_related_series,
    instance = instance - OLD.number_of_study_related_instances, byte_length = byte_length - OLD.total_byte_length,
    state = hex(randomblob(12));
END;
CREATE TRIGGER total_study_updated AFTER UPDATE ON study BEGIN
  UPDATE archive_total SET
    series = series + NEW.number_of_study_related_series - OLD.number_of_study_related_series,
    instance = instance + NEW.number_of_study_related_instances - OLD.number_of_study_related_instances,
    byte_length = byte_length + NEW.total_byte_length - OLD.total_byte_length,
    state = hex(randomblob(12));
END;
