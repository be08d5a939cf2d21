import { logEvent } from '../../log';
import type { CommitOutcome } from '../commit-group';
import type { SegmentLocation } from '../metadata/metadata-segment';
import type { InstanceObject } from '../object-keys';
import type { ArrivedRecord } from './store-group';
import type { StoreResult, StoreWarning, Unwritten } from './store-result';

/** An instance whose bytes are on their way to R2. Little of it is kept in memory until the commit. */
export interface Arrived {
  readonly record: ArrivedRecord;
  readonly warnings: readonly StoreWarning[];
  readonly patientID: string | null;
  /** The objects that are deleted if the transaction does not take the instance. */
  readonly objects: readonly InstanceObject[];
  /** Complete once its segment is finished. */
  readonly location: SegmentLocation;
  /** Resolves once every object of the instance is written, or with the reason why one is not. */
  readonly written: Promise<'written' | Unwritten>;
}

/** The study is described, and found, by the Patient ID of its first instance. */
const OTHER_PATIENT: StoreWarning = { tag: '00100020', reason: 'other-patient' };

/** What became of an instance. @param outcome of the transaction, if the instance took part in it */
export function settled(
  { record, warnings, patientID }: Arrived,
  outcome: CommitOutcome | undefined,
  unwritten: Unwritten | undefined,
): StoreResult {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID, sopClassUID } = record;
  const instance = { studyInstanceUID, seriesInstanceUID, sopInstanceUID, sopClassUID };
  const result = outcome?.result ?? unwritten ?? 'storage';
  if (result === 'kept before') return { result: 'kept', instance, warnings };
  if (result === 'unknown') return { result: 'storage', instance };
  switch (result) {
    case 'stored':
    case 'aside': {
      const isOther = isOtherPatient(patientID, outcome?.patientIDOfStudy);
      return { result, instance, warnings: isOther ? [...warnings, OTHER_PATIENT] : warnings };
    }
    case 'identical':
      return { result, instance, warnings, ...(outcome?.heldDigest && { heldDigest: outcome.heldDigest }) };
    case 'kept':
      return { result, instance, warnings };
    default:
      return { result, instance };
  }
}

function isOtherPatient(patientID: string | null, ofStudy: string | null | undefined): boolean {
  return patientID !== null && ofStudy != null && ofStudy !== patientID;
}

/** Tells the operator of each study with instances of another Patient ID whose sender must not learn it. */
export function logOtherPatients(archive: string, outcomes: ReadonlyMap<Arrived, CommitOutcome>): void {
  const others = [...outcomes].filter(
    ([{ patientID }, { result, patientIDUntold }]) => result === 'stored' && isOtherPatient(patientID, patientIDUntold),
  );
  const byStudy = Map.groupBy(others, ([{ record }]) => record.studyInstanceUID);
  for (const [studyInstanceUID, { length: instances }] of byStudy)
    logEvent('other-patient', { archive, studyInstanceUID, instances });
}
