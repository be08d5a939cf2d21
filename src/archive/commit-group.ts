import type { DicomJson } from '../dicom/json/json-model';
import type { SeriesIdentity } from './identities';
import type { InstanceFile, SegmentPart } from './rows';
import type { ValueGroup } from './search-attributes/value-group';
import type { StoreQuota } from './visibility';

/** Everything that one STOW request makes visible, in one transaction. */
export interface CommitGroup {
  readonly studies: readonly StudyRecord[];
  readonly series: readonly SeriesRecord[];
  readonly segments: readonly SegmentRecord[];
  readonly instances: readonly InstanceRecord[];
  /**
   * Values of the attributes that this deployment searches in addition to the standard's keys; absent when it names
   * none.
   */
  readonly values?: ValueGroup | undefined;
  readonly duplicates: DuplicatePolicy;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The time until which a replaced instance can be restored, milliseconds since 1970. */
  readonly purgeAt: number;
  /** What may be held once the group is committed. */
  readonly quotas?: Quotas;
}

/** What the archive may hold, and what may be held in it of the principal that stores; absent: as much as there is. */
export interface Quotas {
  readonly archive?: StoreQuota;
  readonly sender?: StoreQuota;
  /** Study Instance UIDs whose rows do not count in this database. Only storage/ sets it, where an archive has several. */
  readonly notCounted?: readonly string[];
  /** The commit fails after this time of the database, seconds since 1970. Only storage/ sets it. */
  readonly until?: number;
}

/**
 * What the archive does with other content under UIDs that are known. reject: refuses it. replace: stores it in place
 * of the content that is there. keep: leaves the content that is there, and keeps the new content aside. The same
 * content again is not a duplicate.
 */
export type DuplicatePolicy = 'reject' | 'replace' | 'keep';

/** What a deployment does with duplicates. */
export interface DuplicateSettings {
  readonly duplicates: DuplicatePolicy;
  /** How long deleted or replaced content can be restored, milliseconds. */
  readonly retentionMs: number;
}

/**
 * A study as the first of its instances in the group describes it. Search columns are null when the attribute is empty.
 */
export interface StudyRecord {
  readonly studyInstanceUID: string;
  readonly studyDate: string | null;
  readonly studyTime: string | null;
  readonly accessionNumber: string | null;
  readonly studyDescription: string | null;
  readonly studyID: string | null;
  readonly patientID: string | null;
  /** Folded for matching. */
  readonly patientName: string | null;
  /** Folded for matching. */
  readonly referringPhysicianName: string | null;
  /** The words of the names, and their sounds: see name-words.ts. */
  readonly patientNameWords: readonly string[] | null;
  readonly referringPhysicianNameWords: readonly string[] | null;
  readonly issuerOfPatientID: string | null;
  readonly patientBirthDate: string | null;
  readonly patientSex: string | null;
  /** Timezone Offset From UTC for the dates and times of the study, minutes. */
  readonly timezoneOffset: number | null;
  readonly attributes: DicomJson;
}

/**
 * A series as the first of its instances in the group describes it. Search columns are null when the attribute is
 * empty.
 */
export interface SeriesRecord extends SeriesIdentity {
  readonly modality: string | null;
  readonly seriesNumber: number | null;
  readonly performedProcedureStepStartDate: string | null;
  readonly performedProcedureStepStartTime: string | null;
  readonly seriesDescription: string | null;
  readonly bodyPartExamined: string | null;
  readonly protocolName: string | null;
  readonly institutionName: string | null;
  /** Timezone Offset From UTC for the dates and times of the series, minutes. */
  readonly timezoneOffset: number | null;
  /** Items of Request Attributes Sequence. */
  readonly requests: readonly { readonly scheduledProcedureStepID: string; readonly requestedProcedureID: string }[];
  readonly attributes: DicomJson;
}

/** A metadata segment: an object that is already in R2, or the content itself when it is short. */
export interface SegmentRecord extends SeriesIdentity {
  readonly name: string;
  readonly byteLength: number;
  readonly entryCount: number;
  /** See metadata-segment.ts. */
  readonly content?: string;
}

/** An instance whose bytes are already in R2. */
export interface InstanceRecord extends InstanceFile {
  readonly instanceNumber: number | null;
  readonly rows: number | null;
  readonly columns: number | null;
  readonly bitsAllocated: number | null;
  readonly numberOfFrames: number | null;
  readonly segment: string;
  readonly offset: number;
  readonly length: number;
  readonly start: number;
  readonly end: number;
  /** Names the principal that sent the instance. Only storage/ sets it. */
  readonly sender?: number;
  /**
   * SHA-256, hexadecimal, of the file that the index had for the instance, where that file has the same data set. As long as the
   * index has it, the instance is identical.
   */
  readonly sameAs?: string | undefined;
}

/** The result for one instance of the group, in the order of the group. */
export interface CommitOutcome {
  /**
   * stored: these bytes count from now on. identical: the same bytes were already there. conflict: other bytes are
   * there under the same UIDs, and stay. kept: as conflict, but these bytes are kept aside; kept before: they were
   * already kept aside. aside: the instance belongs to a study that its sender cannot see: its bytes are put aside, and
   * nothing of the study changes. out-of-space: a quota leaves no room for it. too-large, refused: the index does not take
   * the instance, now or later; see RefusedError. unknown: the answer of the transaction was lost, and what came of the instance
   * cannot be told any more.
   */
  readonly result:
    | 'stored'
    | 'aside'
    | 'identical'
    | 'conflict'
    | 'kept'
    | 'kept before'
    | 'out-of-space'
    | 'too-large'
    | 'refused'
    | 'unknown';
  /** Number of metadata segments that the instance's series has now. */
  readonly seriesSegments: number;
  /** SHA-256 of the file that is held, for an identical data set with other file meta information. */
  readonly heldDigest?: string;
  /** The version under which the index has these bytes already; for `identical` and `kept before`. */
  readonly heldVersion?: string | undefined;
  /**
   * Patient ID of the study in the index, folded for matching; absent where the commit did not learn it. For a sender that must
   * not learn it: of the study as the group describes it.
   */
  readonly patientIDOfStudy?: string | null | undefined;
  /** Patient ID of the study in the index, where the sender must not learn it. */
  readonly patientIDUntold?: string | null | undefined;
}

/** Several segments of a series, merged into one. */
export interface SegmentReplacement extends SeriesIdentity {
  readonly from: readonly string[];
  readonly to: SegmentRecord;
  /** The parts that move as a whole: their place in the merged segment, and the segment that they were read from. */
  readonly parts: readonly (SegmentPart & { readonly from: string })[];
  /** The instances that move one by one. */
  readonly locations: readonly {
    readonly sopInstanceUID: string;
    readonly version: string;
    /** The segment from which the instance was read. */
    readonly from: string;
    readonly offset: number;
    readonly length: number;
    readonly start: number;
    readonly end: number;
  }[];
  /** The old objects may be deleted from this time on, milliseconds since 1970. */
  readonly dueAt: number;
}
