import type { VisibleStudies } from '../../archive/visibility';
import type { Driver } from '../search/driver';
import { all, anyOf, bound, type Fragment, fragment, joined, sql } from '../statements/sql-fragment';
import type { Confinement } from './confinement';
import { driversOfView } from './view-drivers';
import { ofWholeStudies, partOfStudySQL, singleSeriesSQL, wholeStudySQL } from './visible-studies';

/** Hides from statements the studies that a principal cannot see. */
export interface View {
  /** Common table expressions that replace tables: `name AS NOT MATERIALIZED (...), ...`. Each has one value, `?`. */
  readonly tables: string;
  /** The table expressions for statements that read removed instances. */
  readonly tablesWithRemoval: string;
  /** The values of all conditions, as one JSON array: D1 takes 100 parameters. Empty when there are none. */
  readonly values: readonly [] | readonly [json: string];
  /** Keys that lead to the studies of the view: search/search-plan.ts. */
  readonly drivers: readonly Driver[];
  /** Single series of studies can be seen. */
  readonly hasSingleSeries: boolean;
}

/*
 * A common table expression hides the table of the same name in its whole statement: in every subquery, and in what a
 * statement inserts from. SQLite merges it into the statement, so that indexes are used as before. `main.study` is the table
 * itself, and so is the target of INSERT, UPDATE and DELETE.
 */

/**
 * The tables of an archive as a principal sees it.
 * @param confinement at least one restriction
 */
export function viewOf(confinement: Confinement): View {
  const parts = confinement.flat().some((set) => partOfStudySQL(set) !== undefined);
  const tables = [
    ...(parts ? [seriesTable(confinement), attributeValueTable()] : []),
    parts
      ? studyInParts(confinement)
      : sql`study AS NOT MATERIALIZED (
      SELECT * FROM main.study AS study WHERE ${inEach(confinement, wholeStudySQL)})`,
  ];
  // A statement takes 100 KB, so this is left out where it is not needed.
  const { sql: text, parameters } = bound(joined([...tables, removalTable(confinement, parts)], ', '));
  const withRemoval = withoutParameters(text);
  return {
    tables: withRemoval.slice(0, withRemoval.indexOf(REMOVAL)),
    tablesWithRemoval: withRemoval,
    values: parameters.length === 0 ? [] : [JSON.stringify(parameters)],
    drivers: driversOfView(confinement),
    hasSingleSeries: parts,
  };
}

/** The confinement for stores: a principal that stores sees whole studies only, and the studies that it began. */
export function forStores(confinement: Confinement, principal: string): Confinement {
  return confinement.map((sets) => [...sets.map(ofWholeStudies), { storedBy: principal }]);
}

/** Takes each value out of the JSON array: SQLite does so once for each run of a statement. */
function withoutParameters(text: string): string {
  return text.replaceAll(/\?(\d+)/g, (_, place) => `(? ->> ${Number(place) - 1})`);
}

/** A condition that one of the sets of each restriction meets. */
function inEach(confinement: Confinement, condition: (set: VisibleStudies) => Fragment | undefined): Fragment {
  return all(confinement.map((sets) => anyOf(sets.flatMap((set) => condition(set) ?? []))));
}

/** The text with which the last table expression begins. */
const REMOVAL = ', removal AS NOT MATERIALIZED';

/**
 * A removed instance belongs to the study that is there or to one that was deleted as a whole.
 * @param parts single series of studies can be seen
 */
function removalTable(confinement: Confinement, parts: boolean): Fragment {
  const visible = inEach(confinement, (set) =>
    eitherOf([wholeStudySQL(set), singleSeriesSQL(set, 'removal.series_instance_uid')]),
  );
  return sql`removal AS NOT MATERIALIZED (
    SELECT * FROM main.removal AS removal
    WHERE removal.reason NOT IN ('aside', 'aside too') AND CASE WHEN removal.removed_study_id IS NULL
      THEN EXISTS (SELECT 1 FROM ${parts ? 'main.study AS study' : 'study'}
        WHERE study.study_instance_uid = removal.study_instance_uid AND (${parts ? visible : 'true'}))
      ELSE EXISTS (SELECT 1 FROM main.removed_study AS study
        WHERE study.id = removal.removed_study_id AND (${visible})) END)`;
}

function seriesTable(confinement: Confinement): Fragment {
  const visible = inEach(confinement, (set) =>
    eitherOf([wholeStudySQL(set), singleSeriesSQL(set, 'series.series_instance_uid')]),
  );
  return sql`series AS NOT MATERIALIZED (
    SELECT * FROM main.series AS series
    WHERE EXISTS (SELECT 1 FROM main.study AS study WHERE study.id = series.study_id AND (${visible})))`;
}

/** The values of series that cannot be seen find nothing. */
function attributeValueTable(): Fragment {
  return fragment(`attribute_value AS NOT MATERIALIZED (
    SELECT * FROM main.attribute_value AS held
    WHERE held.series_id = 0 OR EXISTS (SELECT 1 FROM series WHERE series.id = held.series_id))`);
}

/** The columns of study that depend on its series, of the series that can be seen. */
const OF_VISIBLE_SERIES: Readonly<Record<string, string>> = {
  modalities_in_study: `coalesce((
    SELECT group_concat(modality, '\\') FROM (
      SELECT DISTINCT modality FROM series WHERE series.study_id = study.id AND modality IS NOT NULL ORDER BY modality)), '')`,
  number_of_study_related_series: '(SELECT count(*) FROM series WHERE series.study_id = study.id)',
  number_of_study_related_instances: `(
    SELECT coalesce(sum(number_of_series_related_instances), 0) FROM series WHERE series.study_id = study.id)`,
};

/** All columns that statements over study read. */
const STUDY_COLUMNS =
  `id study_instance_uid study_date study_time timezone_offset accession_number study_description study_id
  patient_id issuer_of_patient_id patient_name patient_name_words patient_birth_date patient_sex referring_physician_name
  referring_physician_name_words modalities_in_study number_of_study_related_series number_of_study_related_instances
  attributes created_at updated_at date_block stored_by labels institution_names`.split(/\s+/);

function studyInParts(confinement: Confinement): Fragment {
  const columns = STUDY_COLUMNS.map((column) => `${OF_VISIBLE_SERIES[column] ?? `study.${column}`} AS ${column}`);
  const visible = inEach(confinement, (set) => eitherOf([wholeStudySQL(set), partOfStudySQL(set)]));
  return sql`study AS NOT MATERIALIZED (SELECT ${columns.join(', ')} FROM main.study AS study WHERE ${visible})`;
}

function eitherOf(conditions: readonly (Fragment | undefined)[]): Fragment {
  return anyOf(conditions.filter((condition) => condition !== undefined));
}

/**
 * Puts the tables of a view before a statement.
 * @returns the text, in which the values of the view are the last parameter
 */
export function throughView(view: View, statement: string): string {
  const { hasSingleSeries } = view;
  const tables = /\bremoval\b/.test(statement) ? view.tablesWithRemoval : view.tables;
  const { text, count } = numbered(statement);
  // INDEXED BY names an index of the table. A table expression in its place has none.
  const rest = hasSingleSeries ? text.replaceAll(' INDEXED BY attribute_value_by_entity', '') : text;
  const own = tables.replaceAll('?', `?${count + 1}`);
  return /^\s*WITH\s/.test(rest) ? rest.replace(/^\s*WITH\s/, `WITH ${own}, `) : `WITH ${own} ${rest}`;
}

/** Numbers the parameters of a statement. */
function numbered(statement: string): { text: string; count: number } {
  let count = 0;
  const text = statement.replaceAll(/\?(\d*)/g, (_, number: string) => {
    if (number === '') {
      count += 1;
      return `?${count}`;
    }
    count = Math.max(count, Number(number));
    return `?${number}`;
  });
  return { text, count };
}
