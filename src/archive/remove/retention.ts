import { logFailure } from '../../log';
import type { AuditEvent } from '../audit/audit-event';
import type { DuplicateSettings } from '../commit-group';
import type { Archive } from '../ports';
import { StatementBudget } from '../statement-budget';
import { UnavailableError } from '../unavailable';
import { remove } from './remove';
import type { DueStudies, RetainedStudy, RetentionLook, RetentionRule } from './retention-index';

/** Studies that one run checks: 48,000 a day. */
const STUDIES = 2000;
const DELETED = 100;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Applies the rules of retention to some studies, and continues in the next run where this one ends. A study that is
 * due is deleted as by DELETE, so that it can be restored for RETENTION_DAYS. Studies under legal hold stay. The record
 * tells of each deletion.
 * @param now milliseconds since 1970
 */
export async function applyRetention(
  archive: Archive,
  rules: readonly RetentionRule[],
  settings: DuplicateSettings,
  now: number,
  budget = StatementBudget.UNLIMITED,
): Promise<void> {
  if (rules.length === 0) return;
  const look = (await archive.retention.look()) ?? newLook(now);
  const studies = await archive.retention.studiesAfter(look.studyRow, STUDIES);
  const due = new Map(Object.entries(look.due));
  let deleted = 0;
  let done = 0;
  const goesOn = budget.units(40);
  try {
    for (const study of studies) {
      const rule = rules.find((each) => isDue(study, each, now));
      if (rule !== undefined) {
        const deletes = rule.deletes && !study.isHeld;
        if (deletes && (deleted === DELETED || !goesOn())) break;
        const isDeleted = deletes && (await deleteByRule(archive, study, rule, settings, now));
        if (isDeleted) deleted += 1;
        due.set(rule.name, counted(due.get(rule.name), study, isDeleted));
      }
      done += 1;
    }
  } finally {
    // Studies that were deleted before an error are counted too.
    const next: RetentionLook = {
      ...look,
      studyRow: studies[done - 1]?.row ?? look.studyRow,
      studies: look.studies + done,
      due: Object.fromEntries(due),
    };
    const isDone = done === studies.length && studies.length < STUDIES;
    const { before: _, ...whole } = next;
    await archive.retention.keepLook(isDone ? { ...newLook(now), before: { ...whole, finishedAt: now } } : next);
  }
}

function newLook(now: number): RetentionLook {
  return { startedAt: now, studyRow: 0, studies: 0, due: {} };
}

function isDue(study: RetainedStudy, { modalities, labels, days }: RetentionRule, now: number): boolean {
  if (study.changedAt > now - days * DAY_MS) return false;
  if (labels !== undefined && !study.labels.some((label) => labels.includes(label))) return false;
  // A study without a modality matches no list of modalities.
  return (
    modalities === undefined ||
    (study.modalities.length > 0 && study.modalities.every((each) => modalities.includes(each)))
  );
}

function counted(before: DueStudies | undefined, { isHeld }: RetainedStudy, isDeleted: boolean): DueStudies {
  const { due, held, deleted } = before ?? { due: 0, held: 0, deleted: 0 };
  return { due: due + 1, held: held + (isHeld ? 1 : 0), deleted: deleted + (isDeleted ? 1 : 0) };
}

/**
 * Writes the record before it deletes, so that every deletion is in the record. A study that has changed since it was
 * checked stays: it may have new images, other labels or a legal hold. A study that cannot be deleted does not stop the
 * deletion of others.
 * @returns whether it was deleted
 * @throws UnavailableError when the services do not answer
 */
async function deleteByRule(
  archive: Archive,
  { studyInstanceUID, changedAt }: RetainedStudy,
  rule: RetentionRule,
  settings: DuplicateSettings,
  now: number,
): Promise<boolean> {
  const event: AuditEvent = {
    ...{ startedAt: now, endedAt: now, action: 'delete', outcome: 'success' },
    ...{ principalKind: 'deployment', principalID: 'retention', studyInstanceUID, subject: `rule ${rule.name}` },
    ...{ requests: 0, searches: 0, retrievals: 0, renderings: 0, instances: 0, bytes: 0 },
  };
  await archive.record.add([event]);
  try {
    if ((await remove(archive, { studyInstanceUID }, settings, now, changedAt)) > 0) return true;
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    logFailure('retention-failed', error, { archive: archive.name, studyInstanceUID, rule: rule.name });
  }
  await archive.record.add([{ ...event, outcome: 'failed' }]);
  return false;
}
