import type { DuplicatePolicy } from '../commit-group';
import type { InstanceRow } from '../rows';

/** Milliseconds for which the answer to a request for storage commitment is kept. */
export const COMMITMENT_MS = 24 * 60 * 60 * 1000;

/** Answers that are kept for each principal. The oldest give way. */
export const COMMITMENTS_KEPT = 256;

/** The row of an instance whose storage commitment is requested. */
export interface CommittableRow
  extends Pick<
    InstanceRow,
    'studyInstanceUID' | 'seriesInstanceUID' | 'sopInstanceUID' | 'sopClassUID' | 'version' | 'byteLength' | 'digest'
  > {
  /** The principal may know of it: it has sent to the series, it began the study, or it may also search or retrieve. */
  readonly isSent: boolean;
}

/** Storage commitment (PS3.18 13): what was stored under SOP Instance UIDs, and what was answered before. */
export interface Commitments {
  /**
   * The instances with these SOP Instance UIDs, as a store by the principal would find them. A UID may be that of several. What
   * was put aside, because its sender cannot see the study, is like any other instance of the sender.
   * @param duplicates the policy of the archive
   * @returns at most `most` rows
   */
  find(
    sopInstanceUIDs: readonly string[],
    most: number,
    duplicates: DuplicatePolicy,
  ): Promise<readonly CommittableRow[]>;
  /**
   * @param now milliseconds since 1970
   * @returns undefined when the principal has no such transaction, or only one that is too old
   */
  recall(principal: string, transactionUID: string, now: number): Promise<string | undefined>;
  /**
   * Keeps the answer of a transaction.
   * @returns false when the principal has used the Transaction UID already: nothing is kept then
   */
  keep(principal: string, transactionUID: string, answer: string, now: number): Promise<boolean>;
  /** Forgets the answers that are too old. */
  forgetOld(now: number): Promise<void>;
}
