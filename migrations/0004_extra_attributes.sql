-- Attributes that a deployment searches beyond the standard's keys (PS3.18 10.6.1.2.3), by configuration.

-- One row for each of them, from when it is first configured until its values are gone.
CREATE TABLE search_attribute (
  id INTEGER PRIMARY KEY AUTOINCREMENT,             -- never used twice
  name TEXT UNIQUE,                                 -- as src/archive/search-attributes/extra-attributes.ts spells it; NULL: being forgotten
  series_id INTEGER NOT NULL DEFAULT 0,             -- the last series that indexing has come to
  sop_instance_uid TEXT,                            -- the last instance of it; NULL: all of the series is done
  series_done INTEGER NOT NULL DEFAULT 0,
  series_total INTEGER NOT NULL DEFAULT 0,          -- series there were when indexing began
  created_at INTEGER NOT NULL,                      -- milliseconds since 1970
  updated_at INTEGER NOT NULL,                      -- when indexing last came on
  completed_at INTEGER                              -- NULL: what was stored before is still being indexed
);

-- Values of those attributes in the form in which they are compared: src/archive/search/comparable-value.ts.
CREATE TABLE attribute_value (
  search_attribute_id INTEGER NOT NULL,
  value NOT NULL,                                   -- a number or a text; '' in an item without the attribute
  study_id INTEGER NOT NULL,
  series_id INTEGER NOT NULL,                       -- 0: the attribute describes the study
  instance_id INTEGER NOT NULL,                     -- 0: the attribute describes the series, or the study
  item TEXT NOT NULL,                               -- which items of its sequences: four characters for each, outermost first
  PRIMARY KEY (search_attribute_id, value, study_id, series_id, instance_id, item)
) WITHOUT ROWID;
CREATE INDEX attribute_value_by_entity ON attribute_value (study_id, series_id, instance_id, search_attribute_id);

-- Series of which some values are not in the index: what stored them had no room for the values, or did not know of an
-- attribute, or they were brought back or described anew. They are indexed again.
CREATE TABLE series_to_index (
  series_id INTEGER PRIMARY KEY,
  marks INTEGER NOT NULL DEFAULT 1,                 -- grows with each new reason: what is done for an earlier one is not enough
  sop_instance_uid TEXT                             -- the last instance that is done
);

-- Whatever takes an entity away, or puts other bytes in its place, its values go with it.
CREATE TRIGGER instance_values_deleted AFTER DELETE ON instance BEGIN
  DELETE FROM attribute_value
  WHERE study_id = (SELECT study_id FROM series WHERE id = OLD.series_id)
    AND series_id = OLD.series_id AND instance_id = OLD.id;
END;
CREATE TRIGGER instance_values_replaced AFTER UPDATE OF version ON instance WHEN OLD.version <> NEW.version BEGIN
  DELETE FROM attribute_value
  WHERE study_id = (SELECT study_id FROM series WHERE id = OLD.series_id)
    AND series_id = OLD.series_id AND instance_id = OLD.id;
END;
CREATE TRIGGER series_values_deleted AFTER DELETE ON series BEGIN
  DELETE FROM attribute_value WHERE study_id = OLD.study_id AND series_id = OLD.id;
  DELETE FROM series_to_index WHERE series_id = OLD.id;
END;
CREATE TRIGGER series_values_replaced AFTER UPDATE OF attributes ON series WHEN OLD.attributes <> NEW.attributes BEGIN
  DELETE FROM attribute_value WHERE study_id = OLD.study_id AND series_id = OLD.id AND instance_id = 0;
  INSERT INTO series_to_index (series_id)
  SELECT NEW.id WHERE EXISTS (SELECT 1 FROM search_attribute)
  ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL;
END;
CREATE TRIGGER study_values_deleted AFTER DELETE ON study BEGIN
  DELETE FROM attribute_value WHERE study_id = OLD.id;
END;
CREATE TRIGGER study_values_replaced AFTER UPDATE OF attributes ON study WHEN OLD.attributes <> NEW.attributes BEGIN
  DELETE FROM attribute_value WHERE study_id = OLD.id AND series_id = 0;
  INSERT INTO series_to_index (series_id)
  SELECT id FROM series
  WHERE study_id = NEW.id AND id = (SELECT min(id) FROM series WHERE study_id = NEW.id)
    AND EXISTS (SELECT 1 FROM search_attribute)
  ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL;
END;

-- An instance that is brought back (0005_removal.sql) comes without its values.
CREATE TRIGGER instance_values_restored AFTER INSERT ON instance
WHEN EXISTS (SELECT 1 FROM search_attribute) AND EXISTS (SELECT 1 FROM removal WHERE version = NEW.version) BEGIN
  INSERT INTO series_to_index (series_id) VALUES (NEW.series_id)
  ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL;
END;
CREATE TRIGGER instance_values_exchanged AFTER UPDATE OF version ON instance
WHEN EXISTS (SELECT 1 FROM search_attribute) AND EXISTS (SELECT 1 FROM removal WHERE version = NEW.version) BEGIN
  INSERT INTO series_to_index (series_id) VALUES (NEW.series_id)
  ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL;
END;

-- By its values a study is found as by its texts (0002_search.sql): field is 1000 and the attribute's id, term the value.
CREATE TRIGGER attribute_value_inserted AFTER INSERT ON attribute_value WHEN NEW.value <> '' BEGIN
  INSERT INTO study_term (field, term, date_block, study_id)
  SELECT 1000 + NEW.search_attribute_id, CAST(NEW.value AS TEXT), date_block, id FROM study WHERE id = NEW.study_id
  ON CONFLICT (field, term, study_id) DO NOTHING;
END;
-- A term goes with the last of the study's values that is like it.
CREATE TRIGGER attribute_value_deleted AFTER DELETE ON attribute_value WHEN OLD.value <> '' BEGIN
  DELETE FROM study_term
  WHERE field = 1000 + OLD.search_attribute_id AND term = CAST(OLD.value AS TEXT) AND study_id = OLD.study_id
    AND NOT EXISTS (
      SELECT 1 FROM attribute_value
      WHERE search_attribute_id = OLD.search_attribute_id AND value = OLD.value AND study_id = OLD.study_id);
END;
CREATE TRIGGER attribute_values_moved AFTER UPDATE OF study_date ON study WHEN OLD.date_block <> NEW.date_block BEGIN
  UPDATE study_term SET date_block = NEW.date_block
  WHERE (field, term, study_id) IN (
    SELECT 1000 + search_attribute_id, CAST(value AS TEXT), study_id FROM attribute_value WHERE study_id = NEW.id);
END;

-- Where the filling of the columns that 0002_search.sql added to studies and series stands; no row when all are filled.
CREATE TABLE description_position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  series_id INTEGER NOT NULL                        -- the last series that is done
);
INSERT INTO description_position SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM series);
