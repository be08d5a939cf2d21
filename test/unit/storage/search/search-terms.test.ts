import { describe, expect, it } from 'vitest';
import { fillDatabase, generateStudies } from '../../../support/search/search-fixture';
import { seededRandom } from '../../../support/seeded-random';

const random = seededRandom(20_261_125);
const studies = generateStudies(random, 60);

/** The rows of the tables that study_term lacks. None may be missing: otherwise a search misses a study. */
const MISSING = `
SELECT field, term, date_block, study.id FROM study_text AS text JOIN study ON study.id = text.study_id
UNION SELECT field, term, date_block, study.id FROM series_text AS text JOIN study ON study.id = text.study_id
UNION SELECT field, term, date_block, study.id FROM request_text AS text JOIN study ON study.id = text.study_id
UNION SELECT 32, sop_class_uid, date_block, study.id
  FROM instance JOIN series ON series.id = instance.series_id JOIN study ON study.id = series.study_id
EXCEPT SELECT field, term, date_block, study_id FROM study_term`;

describe('the terms that lead to studies stay right whatever changes the studies', () => {
  const database = fillDatabase(studies);
  const missing = () => database.prepare(MISSING).all();
  const change = (sql: string, ...values: (string | number | null)[]) => database.prepare(sql).run(...values);

  it('when they are stored', () => expect(missing()).toEqual([]));

  it('when their descriptions change', () => {
    const other = generateStudies(random, studies.length);
    for (const [at, { id }] of studies.entries()) {
      const { values, series } = other[at]!;
      for (const column of Object.keys(values).filter((name) => !/uid|modalities/.test(name))) {
        change(`UPDATE study SET ${column} = ? WHERE id = ?`, values[column] ?? null, id);
      }
      for (const column of ['modality', 'series_number', 'series_description', 'performed_procedure_step_start_date']) {
        change(`UPDATE series SET ${column} = ? WHERE study_id = ?`, series[0]!.values[column] ?? null, id);
      }
    }
    change(`UPDATE instance SET sop_class_uid = '1.2.3' WHERE id % 3 = 0`);
    expect(missing()).toEqual([]);
  });

  it('when some of what they hold is deleted', () => {
    for (const { series } of studies) {
      const { id } = random.pick(series);
      change('DELETE FROM instance WHERE series_id = ?', id);
      for (const table of ['request_attribute', 'metadata_segment']) {
        change(`DELETE FROM ${table} WHERE series_id = ?`, id);
      }
      change('DELETE FROM series WHERE id = ?', id);
    }
    expect(missing()).toEqual([]);
  });

  it('and nothing stays of studies that are deleted', () => {
    const fresh = fillDatabase(studies);
    for (const table of ['instance', 'request_attribute', 'metadata_segment', 'series', 'study']) {
      fresh.exec(`DELETE FROM ${table}`);
    }
    expect(fresh.prepare('SELECT * FROM study_term').all()).toEqual([]);
    expect(fresh.prepare('SELECT * FROM series_sop_class').all()).toEqual([]);
  });
});
