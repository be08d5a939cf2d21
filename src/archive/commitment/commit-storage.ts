import { logFailure } from '../../log';
import type { DuplicatePolicy } from '../commit-group';
import { besideKey, instanceKey } from '../object-keys';
import type { Archive } from '../ports';
import { TooMuchWorkError } from '../unavailable';
import { faultyObjects } from '../verification/faulty-objects';
import type { CommittableRow } from './commitments';

/** Instances of one request. */
export const MOST_INSTANCES = 5000;

/** Objects that one request looks up. Each is one of the 10,000 subrequests of a request. */
const MOST_OBJECTS = 9000;

/** An instance for which storage commitment is requested. */
export interface ReferencedInstance {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  /** The place of the instance, when the request says it. */
  readonly studyInstanceUID?: string | undefined;
  readonly seriesInstanceUID?: string | undefined;
  /** SHA-256 of the Part 10 file that the sender has, lower-case hexadecimal, when the request says it. */
  readonly digest?: string | undefined;
}

/**
 * Why the archive does not commit to an instance. `absent`: the principal has no such instance here; `other-class`: it is of
 * another SOP Class; `other-bytes`: it is not the file that the sender has; `lost`: the index knows it, and its object is not
 * in the bucket, or has another length or digest, or a verification has found that its bytes are damaged.
 */
export type CommitmentFailure = 'absent' | 'other-class' | 'other-bytes' | 'lost';

/** What was found of an instance. */
export interface CommitmentResult extends ReferencedInstance {
  /** Absent: the archive commits to the instance. */
  readonly failure?: CommitmentFailure | undefined;
  /** SHA-256 of each Part 10 file that is held under the UID; empty for a failure. */
  readonly digests: readonly string[];
}

/**
 * Looks for the bytes of each instance: the row in the index, and the object in the bucket with the length that the row names.
 * Several instances may have one SOP Instance UID: then the object of each must be there or, where the request names a digest, of
 * each that has this digest. For a principal that may only store, an instance of another sender does not exist, unless the request
 * names its digest.
 * @throws TooMuchWorkError when the UIDs are those of more instances than one request can look up
 */
export async function commitStorage(
  archive: Pick<Archive, 'commitments' | 'objects' | 'verification'>,
  references: readonly ReferencedInstance[],
  duplicates: DuplicatePolicy,
): Promise<CommitmentResult[]> {
  const uids = [...new Set(references.map(({ sopInstanceUID }) => sopInstanceUID))];
  const found = await archive.commitments.find(uids, MOST_OBJECTS + 1, duplicates);
  if (found.length > MOST_OBJECTS) throw new TooMuchWorkError();
  // A sender that has the bytes of an instance learns nothing new of it.
  const digests = new Set(references.map(({ sopInstanceUID, digest }) => `${sopInstanceUID} ${digest}`));
  const rows = found.filter((row) => row.isSent || digests.has(`${row.sopInstanceUID} ${row.digest}`));
  const lost = await lostOf(archive, rows);
  const byUID = Map.groupBy(rows, ({ sopInstanceUID }) => sopInstanceUID);
  return references.map((reference) => resultOf(reference, byUID.get(reference.sopInstanceUID) ?? [], lost));
}

function resultOf(
  reference: ReferencedInstance,
  named: readonly CommittableRow[],
  lost: ReadonlySet<CommittableRow>,
): CommitmentResult {
  const { sopClassUID, studyInstanceUID, seriesInstanceUID, digest } = reference;
  const failed = (failure: CommitmentFailure): CommitmentResult => ({ ...reference, failure, digests: [] });
  const placed = named.filter(
    (row) =>
      (row.isSent || row.digest === digest) &&
      (studyInstanceUID ?? row.studyInstanceUID) === row.studyInstanceUID &&
      (seriesInstanceUID ?? row.seriesInstanceUID) === row.seriesInstanceUID,
  );
  if (placed.length === 0) return failed('absent');
  const ofClass = placed.filter((row) => row.sopClassUID === sopClassUID);
  if (ofClass.length === 0) return failed('other-class');
  const meant = ofClass.filter((row) => (digest ?? row.digest) === row.digest);
  if (meant.length === 0) return failed('other-bytes');
  if (meant.some((row) => lost.has(row))) return failed('lost');
  return { ...reference, digests: [...new Set(meant.map((row) => row.digest))] };
}

/**
 * The rows whose object is not in the bucket with its bytes. Each takes a call of the bucket.
 * @throws UnavailableError when the bucket does not answer
 */
export async function lostOf(
  archive: Pick<Archive, 'objects' | 'verification'>,
  rows: readonly CommittableRow[],
): Promise<Set<CommittableRow>> {
  const keyOf = (row: CommittableRow) => instanceKey(row, row.version, 'dcm');
  const named = rows.map((row) => ({ key: keyOf(row), byteLength: row.byteLength, digest: row.digest }));
  const faulty = await faultyObjects(archive, named);
  const lost = new Set(rows.filter((row) => faulty.has(keyOf(row))));
  const [first] = lost;
  // For the operator: only a sender that still has these bytes can bring them back.
  if (first !== undefined) {
    const object = { object: keyOf(first), ...besideKey(first, first.version) };
    logFailure('objects-lost', undefined, { objects: lost.size, ...object });
  }
  return lost;
}
