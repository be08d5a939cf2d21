import type { DeidentifiedStudies } from '../archive/deidentify/deidentified-studies';
import type { StatementsOf } from './statements/d1-client';
import { jsonChunks } from './statements/json-chunks';
import { rowsOf } from './statements/rows-of';

/** ?1: [[replaced, own], ...]. */
const KEEP = `
INSERT INTO deidentified_study (replaced_uid, study_instance_uid)
SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) AS j WHERE true ON CONFLICT (replaced_uid) DO NOTHING`;

/** ?1: replaced UIDs. Through a view, studies that the principal cannot see are not found. */
const FIND = `
SELECT replaced_uid AS replaced, study.study_instance_uid AS own
FROM json_each(?1) AS j CROSS JOIN deidentified_study AS kept ON kept.replaced_uid = j.value
  CROSS JOIN study ON study.study_instance_uid = kept.study_instance_uid`;

/** The studies of one archive by their replaced UIDs, in a D1 database. */
export function d1DeidentifiedStudies(database: StatementsOf): DeidentifiedStudies {
  const all = rowsOf(database);
  return {
    async keep(studies) {
      for (const { json } of jsonChunks([...studies])) await all(KEEP, json);
    },
    async find(replaced) {
      const found = new Map<string, string>();
      for (const { json } of jsonChunks(replaced)) {
        for (const row of await all<{ replaced: string; own: string }>(FIND, json)) found.set(row.replaced, row.own);
      }
      return found;
    },
  };
}
