import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { foldCase } from '../../../src/dicom/values/fold-case';
import { findableWords } from '../../../src/dicom/values/name-words';
import { foldPersonName } from '../../../src/dicom/values/person-name';
import type { SeededRandom } from '../seeded-random';
import type { StudyEntity } from './naive-search';

/**
 * So few characters that random patterns meet random values; every character that SQL or a pattern could misread is
 * among them.
 */
export const CHARACTERS = [
  'a',
  'b',
  'A',
  'B',
  '%',
  '_',
  "'",
  '"',
  '[',
  ']',
  '*',
  '?',
  '\\',
  '{',
  '-',
  ',',
  'é',
  'E',
  'ß',
  '山',
  '😀',
  ' ',
];

function text(random: SeededRandom, longest: number): string {
  const length = random.below(5) === 0 ? longest : 1 + random.below(5);
  return Array.from({ length }, () => random.pick(CHARACTERS)).join('');
}

/** The text that a column contains for a key that is not case-sensitive. */
function folded(random: SeededRandom, longest: number): string {
  return foldCase(text(random, longest));
}

function name(random: SeededRandom): string | null {
  const group = () => [text(random, 30), ...(random.below(2) === 0 ? [text(random, 30)] : [])].join('^');
  const groups = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => (random.below(8) === 0 ? '' : group()));
  const folded = foldPersonName(groups.join('='));
  return folded === '' ? null : folded;
}

const FAMILIES = ['Smith', 'Smyth', 'Schmidt', "O'Hara", 'Müller-Lüdenscheidt', 'Jones', 'Li', 'Smithers'];
const GIVEN = ['John', 'Jon', 'Ann', 'Anne Marie', 'J.', 'Wei', 'Johann', ''];

/** A realistic name, or one that could be mistaken for SQL; and its words, unless they were never made. */
function nameColumns(random: SeededRandom, column: string): Record<string, string | null> {
  const given = `${random.pick(FAMILIES)}^${random.pick(GIVEN)}`;
  const asian = random.pick(['', '', '=山田^太郎', '=山田^太郎=やまだ^たろう']);
  const held = random.below(2) === 0 ? foldPersonName(given + asian) : name(random);
  const words = held === null || random.below(10) === 0 ? null : JSON.stringify(findableWords(held));
  return { [column]: held, [`${column}_words`]: words };
}

/** An archive full of unusual values. */
export function generateStudies(random: SeededRandom, count: number): StudyEntity[] {
  const two = (below: number) => String(random.below(below)).padStart(2, '0');
  const maybe = <Value>(value: Value): Value | null => (random.below(8) === 0 ? null : value);
  const date = () => `20240${1 + random.below(6)}${two(28)}`;
  const time = () => {
    const full = `${two(24)}${random.pick(['00', two(60)])}${random.pick(['00', two(60)])}`;
    return random.pick([
      full.slice(0, 2),
      full.slice(0, 4),
      full,
      `${full}.000000`,
      `${full}.5`,
      `${full}.${two(100)}0001`,
    ]);
  };
  let serial = 0;
  const studies = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    values: {
      study_instance_uid: `1.2.${at}`,
      study_date: maybe(date()),
      study_time: maybe(time()),
      accession_number: maybe(folded(random, 16)),
      study_description: maybe(folded(random, 64)),
      study_id: maybe(folded(random, 16)),
      patient_id: maybe(folded(random, 60)),
      ...nameColumns(random, 'patient_name'),
      ...nameColumns(random, 'referring_physician_name'),
      issuer_of_patient_id: maybe(folded(random, 20)),
      patient_birth_date: maybe(date()),
      patient_sex: maybe(random.pick(['M', 'F', 'O'])),
      timezone_offset: random.pick([null, 0, 60, -300, 330, 840]),
      modalities_in_study: '',
    },
    series: Array.from({ length: 1 + random.below(3) }, () => {
      serial += 1;
      return {
        id: serial,
        values: {
          series_instance_uid: `1.3.${random.below(500)}.${serial}`,
          modality: maybe(random.pick(['CT', 'CT', 'MR', 'PT', 'C[', 'S"R'])),
          series_number: maybe(random.below(5) - 1),
          performed_procedure_step_start_date: maybe(date()),
          performed_procedure_step_start_time: maybe(time()),
          series_description: maybe(folded(random, 40)),
          body_part_examined: maybe(random.pick(['chest', 'head', 'a%'])),
          protocol_name: maybe(folded(random, 30)),
          timezone_offset: random.pick([null, 0, 60, -300, 330, 840]),
        },
        requests: Array.from({ length: random.below(3) }, (_, item) => ({
          scheduled_procedure_step_id: random.below(5) === 0 ? '' : `${folded(random, 16)}${item}`,
          requested_procedure_id: random.below(5) === 0 ? `${item}` : folded(random, 16),
        })),
        instances: Array.from({ length: 1 + random.below(3) }, (_, item) => ({
          id: serial * 10 + item,
          values: {
            sop_class_uid: random.pick(['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.4']),
            sop_instance_uid: `1.4.${serial}.${item}`,
            instance_number: maybe(random.below(4)),
          },
        })),
      };
    }),
  }));
  for (const { values, series } of studies) {
    const modalities = series.flatMap(({ values: { modality } }) => modality ?? []);
    values.modalities_in_study = [...new Set(modalities)].sort().join('\\');
  }
  return studies;
}

/** The same in the index's own schema, in memory. */
export function fillDatabase(studies: readonly StudyEntity[]): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  database.exec(readFileSync('migrations/0001_archive.sql', 'utf8'));
  const insert = (table: string, row: Record<string, string | number | null>): void => {
    const names = Object.keys(row);
    const marks = names.map(() => '?').join(', ');
    database.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`).run(...Object.values(row));
  };
  const common = { attributes: '{}', created_at: 0, updated_at: 0 };
  for (const study of studies) {
    insert('study', { id: study.id, ...study.values, ...common });
    for (const series of study.series) {
      insert('series', { id: series.id, study_id: study.id, ...series.values, ...common });
      insert('metadata_segment', {
        id: series.id,
        series_id: series.id,
        name: `${series.id}`,
        byte_length: 0,
        entry_count: 0,
      });
      for (const request of series.requests) insert('request_attribute', { series_id: series.id, ...request });
      for (const instance of series.instances) {
        insert('instance', {
          id: instance.id,
          series_id: series.id,
          ...instance.values,
          transfer_syntax_uid: '1.2.840.10008.1.2.1',
          version: `${instance.id}`,
          byte_length: 0,
          digest: '',
          crc32: 0,
          layout: '{}',
          metadata_segment_id: series.id,
          metadata_offset: 0,
          metadata_length: 0,
          metadata_start: 0,
          metadata_end: 0,
          created_at: 0,
        });
      }
    }
  }
  database.exec(`UPDATE study SET
    number_of_study_related_series = (SELECT count(*) FROM series WHERE study_id = study.id),
    number_of_study_related_instances = (
      SELECT count(*) FROM series JOIN instance ON series_id = series.id WHERE study_id = study.id)`);
  return database;
}
