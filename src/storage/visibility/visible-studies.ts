import type { MatchValue } from '../../archive/search/search-query';
import type { VisibleStudies } from '../../archive/visibility';
import { nameSQL } from '../search/name-sql';
import { foldedValue, textSQL } from '../search/text-sql';
import { all, anyOf, type Fragment, fragment, sql, value } from '../statements/sql-fragment';

/** The set of a visibility with its scopes divided: whole studies, and single series as [study, series]. */
interface Scopes {
  readonly studies: readonly string[];
  readonly series: readonly (readonly [study: string, series: string])[];
}

/**
 * Whether all of a study can be seen: a condition on the row `study` of the table study, or of removed_study. A condition
 * that is NULL is not met.
 */
export function wholeStudySQL(set: VisibleStudies): Fragment {
  const { scopes } = set;
  if (scopes === undefined) return withPriors(set, attributesSQL(set));
  const { studies } = divided(scopes);
  if (studies.length === 0) return NEVER;
  const named = fragment('study.study_instance_uid IN (SELECT value FROM json_each(?))', JSON.stringify(studies));
  return withPriors(set, all([named, attributesSQL(set)]));
}

/**
 * Whether one series can be seen of a study of which the other series cannot: the same condition with the UID of the series.
 * @param seriesInstanceUID SQL of the UID
 * @returns undefined when the set names no series
 */
export function singleSeriesSQL(set: VisibleStudies, seriesInstanceUID: string): Fragment | undefined {
  const { series } = divided(set.scopes ?? []);
  if (series.length === 0) return undefined;
  const named = sql`(study.study_instance_uid, ${seriesInstanceUID}) IN (
    SELECT named.value ->> 0, named.value ->> 1 FROM json_each(${value(JSON.stringify(series))}) AS named)`;
  return all([named, attributesSQL(set)]);
}

/** Whether a study has one of the series that can be seen. */
export function partOfStudySQL(set: VisibleStudies): Fragment | undefined {
  const { series } = divided(set.scopes ?? []);
  if (series.length === 0) return undefined;
  const studies = JSON.stringify([...new Set(series.map(([study]) => study))]);
  const held = sql`EXISTS (
    SELECT 1 FROM json_each(${value(JSON.stringify(series))}) AS named CROSS JOIN main.series AS part
      ON part.study_id = study.id AND part.series_instance_uid = named.value ->> 1
    WHERE named.value ->> 0 = study.study_instance_uid)`;
  const named = sql`study.study_instance_uid IN (SELECT value FROM json_each(${value(studies)}))`;
  return all([named, attributesSQL(set), held]);
}

/** A set of visible studies without single series: a change of a study needs all of the study. */
export function ofWholeStudies(set: VisibleStudies): VisibleStudies {
  if (set.scopes === undefined) return set;
  return { ...set, scopes: set.scopes.filter(({ seriesInstanceUID }) => seriesInstanceUID === undefined) };
}

function divided(scopes: NonNullable<VisibleStudies['scopes']>): Scopes {
  const studies: string[] = [];
  const series: [string, string][] = [];
  for (const { studyInstanceUID, seriesInstanceUID } of scopes) {
    if (seriesInstanceUID === undefined) studies.push(studyInstanceUID);
    else series.push([studyInstanceUID, seriesInstanceUID]);
  }
  return { studies, series };
}

const NEVER = fragment('false');

/** The conditions on the attributes, the labels and the origin of a study. */
function attributesSQL(set: VisibleStudies): Fragment {
  const conditions: Fragment[] = [];
  const has = (values: readonly string[] | undefined, condition: (values: readonly string[]) => Fragment) => {
    if (values !== undefined) conditions.push(values.length === 0 ? NEVER : condition(values));
  };
  has(set.referringPhysicianName, (names) =>
    anyOf(matchValuesOf(names).map((matched) => nameSQL('referring_physician_name', matched))),
  );
  has(set.issuerOfPatientID, (texts) => textsSQL('study.issuer_of_patient_id', texts));
  has(set.accessionNumber, (texts) => textsSQL('study.accession_number', texts));
  has(set.institutionName, institutions);
  has(set.labels, (labels) => anyOf(labels.map((label) => sql`instr(study.labels, ${value(`"${label}"`)}) > 0`)));
  has(
    set.patients?.map((patient) => JSON.stringify(patient)),
    patients,
  );
  if (set.studyDateFrom !== undefined) conditions.push(sql`study.study_date >= ${value(set.studyDateFrom)}`);
  // An empty id marks studies whose sender the index does not know.
  if (set.storedBy === '') conditions.push(NEVER);
  else if (set.storedBy !== undefined) conditions.push(sql`study.stored_by = ${value(set.storedBy)}`);
  return all(conditions);
}

/**
 * How the texts of a condition match: as search keys do. A text without a letter or a digit says nothing, and a search with
 * it would match everything; here it matches nothing.
 * @returns the texts without wildcards together, and each pattern
 */
export function matchValuesOf(texts: readonly string[]): MatchValue[] {
  const meant = texts.filter((text) => /[\p{L}\p{N}]/u.test(text));
  const whole = meant.filter((text) => !/[*?]/.test(text));
  const patterns = meant.filter((text) => /[*?]/.test(text));
  return [
    ...(whole.length === 0 ? [] : [{ kind: 'list', values: whole } as const]),
    ...patterns.map((pattern) => ({ kind: 'wildcard', pattern }) as const),
  ];
}

function textsSQL(column: string, texts: readonly string[]): Fragment {
  return anyOf(matchValuesOf(texts).map((matched) => textSQL(column, foldedValue(matched))));
}

/** @param texts JSON arrays */
function patients(texts: readonly string[]): Fragment {
  return sql`study.patient_id <> '' AND (study.patient_id, coalesce(study.issuer_of_patient_id, '')) IN (
    SELECT named.value ->> 0, coalesce(named.value ->> 1, '') FROM json_each(${value(`[${texts.join(',')}]`)}) AS named)`;
}

function institutions(texts: readonly string[]): Fragment {
  return sql`EXISTS (SELECT 1 FROM json_each(study.institution_names) AS institution
    WHERE ${textsSQL('institution.value', texts)})`;
}

/** Adds the other studies of the same patients. Studies without a Patient ID have no patient in common. */
function withPriors(set: VisibleStudies, own: Fragment): Fragment {
  if (!set.withPriors) return own;
  return sql`(${own}) OR (study.patient_id <> '' AND EXISTS (
    SELECT 1 FROM (
        SELECT study.patient_id AS patient_id, study.issuer_of_patient_id AS issuer_of_patient_id) AS same
      CROSS JOIN main.study AS study ON study.patient_id = same.patient_id
        AND study.issuer_of_patient_id IS same.issuer_of_patient_id
    WHERE ${own}))`;
}
