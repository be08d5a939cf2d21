import type { RetentionIndex } from '../../archive/remove/retention-index';
import type { StatementsOf } from '../statements/d1-client';
import { rowsOf } from '../statements/rows-of';

/** What the rules of retention ask, in a D1 database. */
export function d1Retention(database: StatementsOf): RetentionIndex {
  const all = rowsOf(database);
  return {
    async studiesAfter(row, limit) {
      return (await all<StudyColumns>(STUDIES_AFTER, row, limit)).map(({ modalities, labels, isHeld, ...study }) => ({
        ...study,
        modalities: modalities.split('\\').filter((each) => each !== ''),
        labels: JSON.parse(labels),
        isHeld: isHeld === 1,
      }));
    },
    async look() {
      const [kept] = await all<{ state: string }>('SELECT state FROM retention_look');
      return kept && JSON.parse(kept.state);
    },
    async keepLook(look) {
      await all(KEEP_LOOK, JSON.stringify(look));
    },
  };
}

interface StudyColumns {
  row: number;
  studyInstanceUID: string;
  modalities: string;
  labels: string;
  changedAt: number;
  isHeld: 0 | 1;
}

const STUDIES_AFTER = `
SELECT id AS row, study_instance_uid AS studyInstanceUID, modalities_in_study AS modalities, labels, updated_at AS changedAt,
  EXISTS (SELECT 1 FROM legal_hold WHERE legal_hold.study_instance_uid = study.study_instance_uid) AS isHeld
FROM study WHERE id > ? ORDER BY id LIMIT ?`;

const KEEP_LOOK = `INSERT INTO retention_look (id, state) VALUES (1, ?)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state`;
