import type { InstanceRecord } from '../../archive/commit-group';
import type { SeriesIdentity } from '../../archive/identities';

/* What the statements of a commit name instances and series by. */

/** The UIDs of a record and its version. */
export function versionOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, version }: InstanceRecord) {
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID, version };
}

/** The UIDs of a record and its digest. */
export function digestOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, digest }: InstanceRecord) {
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID, digest };
}

/** The UIDs of a series alone. */
export function uidsOf({ studyInstanceUID, seriesInstanceUID }: SeriesIdentity): SeriesIdentity {
  return { studyInstanceUID, seriesInstanceUID };
}

/** States with their places among all records, when each statement was asked for some of the records. */
export function placed<State extends { readonly place: number }>(
  chunks: readonly { readonly records: readonly unknown[] }[],
  found: readonly State[][],
): State[] {
  let first = 0;
  return chunks.flatMap(({ records }, at) => {
    const before = first;
    first += records.length;
    return found[at]!.map((state) => ({ ...state, place: before + state.place }));
  });
}
