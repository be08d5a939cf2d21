-- A study with thousands of series: its institutions are collected again only when a series brings one that it does not have.
DROP TRIGGER study_institutions_inserted;
CREATE TRIGGER study_institutions_inserted AFTER INSERT ON series
WHEN NEW.institution_name <> '' AND NOT EXISTS (
  SELECT 1 FROM study CROSS JOIN json_each(study.institution_names) AS known
  WHERE study.id = NEW.study_id AND known.value = NEW.institution_name)
BEGIN
  UPDATE study SET institution_names = (
    SELECT json_group_array(DISTINCT institution_name) FROM series WHERE study_id = NEW.study_id AND institution_name <> '')
  WHERE id = NEW.study_id;
END;
