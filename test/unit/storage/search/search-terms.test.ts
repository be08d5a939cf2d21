import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fillDatabase, generateStudies } from '../../../support/search-fixture';
import { seededRandom } from '../../../support/seeded-random';

const random = seededRandom(20_261_125);
const studies = generateStudies(random, 60);

/** What the tables have and study_term does not: nothing may be missing, or a search misses a study. */
const MISSING = `
SELECT field, term, date_block, study.id FROM study_text AS text JOIN study ON study.id = text.study_id
UNION SELECT field, term, date_block, study.id FROM series_text AS text JOIN study ON study.id = text.study_id
UNION SELECT field, term, date_block, study.id FROM request_text AS text JOIN study ON study.id = text.study_id
UNION SELECT 32, sop_class_uid, date_block, study.id
  FROM instance JOIN series ON series.id = instance.series_id JOIN study ON study.id = series.study_id
EXCEPT SELECT field, term, date_block, study_id FROM study_term`;

describe('what studies are found by is kept whatever changes them (0002_search.sql)', () => {
  const database = fillDatabase(studies);
  const missing = () => database.prepare(MISSING).all();
  const change = (sql: string, ...values: (string | number | null)[]) => database.prepare(sql).run(...values);

  it('when they are stored', () => expect(missing()).toEqual([]));

  it('when they are described anew', () => {
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

  it('and what is deleted as it was stored leaves nothing', () => {
    const fresh = fillDatabase(studies);
    for (const table of ['instance', 'request_attribute', 'metadata_segment', 'series', 'study']) {
      fresh.exec(`DELETE FROM ${table}`);
    }
    expect(fresh.prepare('SELECT * FROM study_term').all()).toEqual([]);
    expect(fresh.prepare('SELECT * FROM series_sop_class').all()).toEqual([]);
  });
});

describe('studies stored before there were terms', () => {
  it('have them after the migration', () => {
    const database = fillDatabase(studies);
    const before = database.prepare('SELECT * FROM study_term ORDER BY field, term, study_id').all();
    database.exec('DELETE FROM study_term; DELETE FROM series_sop_class; DELETE FROM study_block');
    const migration = readFileSync('migrations/0002_search.sql', 'utf8');
    database.exec(migration.slice(migration.indexOf('-- What was stored before.')));
    expect(database.prepare('SELECT * FROM study_term ORDER BY field, term, study_id').all()).toEqual(before);
  });
});

describe('texts stored before case did not count (0013_caseless_search.sql)', () => {
  it('are folded, with their terms, and described anew for what is not ASCII', () => {
    const database = fillDatabase([]);
    for (const name of ['0004_extra_attributes', '0005_removal']) {
      database.exec(readFileSync(`migrations/${name}.sql`, 'utf8'));
    }
    const common = "'{}', 0, 0";
    database.exec(`
      INSERT INTO study (id, study_instance_uid, patient_id, accession_number, study_description, attributes, created_at,
        updated_at) VALUES (1, '1.2', 'Pat-1', NULL, 'CT Chest', ${common}), (2, '1.3', 'pat-2', 'a', 'ct', ${common});
      INSERT INTO series (id, study_id, series_instance_uid, series_description, modality, attributes, created_at,
        updated_at) VALUES (1, 1, '1.2.1', 'Axial LUNG', 'CT', ${common});
      INSERT INTO request_attribute VALUES (1, 'Step-1', 'Proc'), (1, 'STEP-1', 'PROC'), (1, 'step-2', 'proc');`);
    database.exec(readFileSync('migrations/0013_caseless_search.sql', 'utf8'));
    expect(database.prepare('SELECT patient_id, accession_number, study_description FROM study').all()).toEqual([
      { patient_id: 'pat-1', accession_number: null, study_description: 'ct chest' },
      { patient_id: 'pat-2', accession_number: 'a', study_description: 'ct' },
    ]);
    expect(database.prepare('SELECT series_description, modality FROM series').all()).toEqual([
      { series_description: 'axial lung', modality: 'CT' },
    ]);
    expect(database.prepare('SELECT scheduled_procedure_step_id AS step FROM request_attribute').all()).toEqual([
      { step: 'step-1' },
      { step: 'step-2' },
    ]);
    expect(database.prepare(MISSING).all()).toEqual([]);
    expect(database.prepare(`SELECT * FROM study_term WHERE term GLOB '*Step*' OR term GLOB '*Pat*'`).all()).toEqual(
      [],
    );
    expect(database.prepare('SELECT series_id FROM description_position').all()).toEqual([{ series_id: 0 }]);
  });
});
