import type { LegalHold, LegalHolds } from '../../archive/remove/holds';
import type { StatementsOf } from '../statements/d1-client';
import { rowsOf } from '../statements/rows-of';

/**
 * Condition on a row of the table `study`: it is not under legal hold. Statements that remove instances contain it, so
 * that they skip the study. Triggers of migrations/0013_backup.sql refuse statements that do not.
 */
export const NOT_HELD = `NOT EXISTS (
  SELECT 1 FROM legal_hold WHERE legal_hold.study_instance_uid = study.study_instance_uid)`;

/** The same condition on a row of the table `removal`. Statements that purge contain it. */
export const REMOVAL_NOT_HELD = `NOT EXISTS (
  SELECT 1 FROM legal_hold WHERE legal_hold.study_instance_uid = removal.study_instance_uid)`;

/** The legal holds of an archive in its D1 database. */
export function d1Holds(database: StatementsOf): LegalHolds {
  const all = rowsOf(database);
  return {
    async of(studyInstanceUID) {
      const [held] = await all<LegalHold>(OF, studyInstanceUID);
      return held;
    },
    async place(studyInstanceUID, { reason, heldAt }) {
      await all(PLACE, studyInstanceUID, reason, heldAt);
    },
    async lift(studyInstanceUID) {
      return (await all(LIFT, studyInstanceUID)).length > 0;
    },
  };
}

const OF = 'SELECT reason, held_at AS heldAt FROM legal_hold WHERE study_instance_uid = ?';

const PLACE = `INSERT INTO legal_hold (study_instance_uid, reason, held_at) VALUES (?, ?, ?)
  ON CONFLICT (study_instance_uid) DO UPDATE SET reason = excluded.reason`;

const LIFT = 'DELETE FROM legal_hold WHERE study_instance_uid = ? RETURNING 1';
