import type { StoreResult } from '../../archive/store/store-result';

/** Failure Reason (0008,1197) in a STOW answer: PS3.18 table I.2-2. C001H to C003H are specific to this archive. */
export const FailureReason = {
  /** Refused: Out of Resources. */
  OutOfResources: 0xa700,
  /** Error: Data Set does not match SOP Class. */
  DataSetDoesNotMatch: 0xa900,
  /** Error: Cannot understand. */
  CannotUnderstand: 0xc000,
  /** Cannot understand: not a Part 10 file (PS3.10 7.1). */
  NotPart10: 0xc001,
  /** Cannot understand: the file ends before its data set does. */
  Truncated: 0xc002,
  /** Cannot understand: bulk data that the metadata refers to is missing. */
  BulkDataMissing: 0xc003,
  /** Referenced Transfer Syntax not supported. */
  TransferSyntaxNotSupported: 0xc122,
  /** Processing failure. */
  ProcessingFailure: 0x0110,
  /** Duplicate SOP Instance (PS3.7 annex C). */
  DuplicateSOPInstance: 0x0111,
  /** Refused: Not Authorized (PS3.7 annex C). */
  NotAuthorized: 0x0124,
} as const;

/** Warning Reason (0008,1196), PS3.18 table I.2-1. */
export const WarningReason = {
  /**
   * Data Set does not match SOP Class: some values do not fit their attributes. The instance is stored as it was sent.
   */
  DataSetDoesNotMatch: 0xb007,
  /**
   * Specific to this archive: other content is stored under the same UIDs and stays current; this content was kept
   * beside it (0111H as a warning).
   */
  DuplicateKept: 0xb111,
  /**
   * Specific to this archive: the study has another Patient ID, by which it is described and found. The instance is stored
   * as it was sent.
   */
  OtherPatient: 0xb112,
} as const;

type Failure = Exclude<StoreResult['result'], 'stored' | 'aside' | 'identical' | 'kept'>;

const REASONS: Record<Failure, number> = {
  conflict: FailureReason.DuplicateSOPInstance,
  'study-mismatch': FailureReason.DataSetDoesNotMatch,
  'missing-identity': FailureReason.DataSetDoesNotMatch,
  'not-part10': FailureReason.NotPart10,
  truncated: FailureReason.Truncated,
  'cut-short': FailureReason.Truncated,
  'missing-bulk-data': FailureReason.BulkDataMissing,
  malformed: FailureReason.CannotUnderstand,
  'unsupported-transfer-syntax': FailureReason.TransferSyntaxNotSupported,
  'too-large': FailureReason.OutOfResources,
  'out-of-space': FailureReason.OutOfResources,
  'not-authorized': FailureReason.NotAuthorized,
  storage: FailureReason.ProcessingFailure,
  refused: FailureReason.ProcessingFailure,
};

/** The Failure Reason for a failed instance. */
export function failureReason(failure: Failure): number {
  return REASONS[failure];
}
