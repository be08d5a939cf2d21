import type { Scope } from '../../archive/identities';
import { INSTANCE_COLUMNS, scopeFilter } from '../index/d1-rows';

/** Modalities (PS3.3 C.7.3.1.1.1) whose instances are not pictures of the patient, though some of them have pixels. */
const DERIVED = [
  'SEG',
  'RTDOSE',
  'SR',
  'PR',
  'KO',
  'DOC',
  'RTSTRUCT',
  'RTPLAN',
  'REG',
  'FID',
  'AU',
  'ECG',
  'PLAN',
  'M3D',
];

/**
 * The series that represents a study. A series represents itself. Its instances count only if they have Rows
 * (0028,0010).
 */
const SERIES = (where: string) => `SELECT series.id FROM study JOIN series ON series.study_id = study.id
  WHERE ${where} AND EXISTS (SELECT 1 FROM instance WHERE series_id = series.id AND number_of_rows IS NOT NULL)
  ORDER BY modality IN (SELECT value FROM json_each(?)), number_of_series_related_instances DESC, series.id LIMIT 1`;

/** The instance in the middle of the series that represents a study or a series. */
export function representativeSQL(scope: Scope): { readonly sql: string; readonly values: (string | number)[] } {
  const { where, values } = scopeFilter({ ...scope, sopInstanceUID: undefined });
  const images = 'FROM instance WHERE series_id = (SELECT id FROM chosen) AND number_of_rows IS NOT NULL';
  const sql = `WITH chosen AS MATERIALIZED (${SERIES(where)}),
      middle AS MATERIALIZED (
        SELECT id ${images} ORDER BY instance_number, id LIMIT 1 OFFSET (SELECT count(*) / 2 ${images}))
    SELECT ${INSTANCE_COLUMNS} FROM middle CROSS JOIN instance ON instance.id = middle.id
      CROSS JOIN series ON series.id = instance.series_id CROSS JOIN study ON study.id = series.study_id`;
  return { sql, values: [...values, JSON.stringify(DERIVED)] };
}
