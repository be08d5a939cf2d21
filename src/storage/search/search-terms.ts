/*
 * The table study_term, as migrations/0001_archive.sql and 0002_access.sql fill it: the terms that lead to a study.
 * Everything here may lead to more studies than match, but never to fewer: the conditions on the columns decide.
 */
import { type Fragment, fragment } from '../statements/sql-fragment';
import type { Literal } from './wildcard-literals';

/** The place of a column's values in study_term. */
export interface TermField {
  /** The number that the views study_text, series_text, request_text and study_access give it. */
  readonly number: number;
  /** part: every part of a text is found. whole: the text and its beginnings are found. */
  readonly by: 'part' | 'whole';
}

const FIELDS: Readonly<Record<string, TermField>> = {
  patient_name: { number: 0, by: 'part' },
  referring_physician_name: { number: 1, by: 'part' },
  patient_id: { number: 2, by: 'part' },
  accession_number: { number: 3, by: 'part' },
  study_description: { number: 4, by: 'part' },
  study_id: { number: 5, by: 'part' },
  study_time: { number: 10, by: 'whole' },
  patient_birth_date: { number: 11, by: 'whole' },
  patient_sex: { number: 12, by: 'whole' },
  issuer_of_patient_id: { number: 13, by: 'whole' },
  patient_name_words: { number: 14, by: 'whole' },
  referring_physician_name_words: { number: 15, by: 'whole' },
  series_description: { number: 20, by: 'part' },
  modality: { number: 21, by: 'whole' },
  modalities_in_study: { number: 21, by: 'whole' },
  series_number: { number: 22, by: 'whole' },
  performed_procedure_step_start_date: { number: 23, by: 'whole' },
  performed_procedure_step_start_time: { number: 24, by: 'whole' },
  body_part_examined: { number: 25, by: 'whole' },
  protocol_name: { number: 26, by: 'whole' },
  scheduled_procedure_step_id: { number: 30, by: 'part' },
  requested_procedure_id: { number: 31, by: 'part' },
  sop_class_uid: { number: 32, by: 'whole' },
  labels: { number: 40, by: 'whole' },
  stored_by: { number: 41, by: 'whole' },
  institution_names: { number: 42, by: 'whole' },
};

/** The field of a column; undefined for a column whose values are not in study_term. */
export function termField(column: string): TermField | undefined {
  return FIELDS[column];
}

/** Comes before a text that is found by its parts, and before each component group of a name. */
const START = '\u0001';

/** Characters of a part. */
const PART_LENGTH = 16;

/** Sorts after every text that begins with the text before it. */
const LAST = '\u{10FFFF}';

/** The attribute has no value. */
export const NO_TERM: Fragment = fragment(`term = ''`);

/** The terms of a text that contains this literal. */
export function partTerm({ text, at }: Literal): Fragment {
  const characters = Array.from(at === 'start' ? START + text : text);
  // The part that begins there is the whole rest of the text.
  if (at === 'end' && characters.length < PART_LENGTH) return fragment('term = ?', text);
  if (characters.length < PART_LENGTH) return prefixTerm(characters.join(''));
  // The end of a text is more selective than its start: identifiers differ at the end.
  return fragment('term = ?', characters.slice(-PART_LENGTH).join(''));
}

/** The term of a text that equals this one. */
export function wholePart(text: string): string {
  return Array.from(START + text)
    .slice(-PART_LENGTH)
    .join('');
}

/** The terms that begin with a prefix. */
export function prefixTerm(prefix: string): Fragment {
  return fragment('term >= ? AND term < ?', prefix, prefix + LAST);
}

/** Any of some terms. */
export function anyTerm(terms: readonly string[]): Fragment {
  return fragment('term IN (SELECT value FROM json_each(?))', JSON.stringify(terms));
}
