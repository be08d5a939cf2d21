import type { InstanceRecord } from '../../archive/commit-group';
import type { SeriesIdentity } from '../../archive/identities';

/* What the statements of a commit name instances and series by. */

/** The UIDs of a record and its version. */
export function versionOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, version }: InstanceRecord) {
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID, version };
}

/** The UIDs of a record, its version and its digest, by which the index is asked about it. */
export function contentOf(record: InstanceRecord) {
  return { ...versionOf(record), digest: record.digest };
}

/** The UIDs of a series alone. */
export function uidsOf({ studyInstanceUID, seriesInstanceUID }: SeriesIdentity): SeriesIdentity {
  return { studyInstanceUID, seriesInstanceUID };
}
