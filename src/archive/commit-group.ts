import type { DicomJson } from '../dicom/json/json-model';
import type { InstanceLayout } from '../dicom/pixels/pixel-layout';
import type { InstanceIdentity, SeriesIdentity } from './identities';
import type { ValueGroup } from './search-attributes/value-group';

/** Everything one STOW request makes visible, in one transaction. */
export interface CommitGroup {
  readonly studies: readonly StudyRecord[];
  readonly series: readonly SeriesRecord[];
  readonly segments: readonly SegmentRecord[];
  readonly instances: readonly InstanceRecord[];
  /** Of the attributes that this deployment searches beyond the standard's keys; absent where it names none. */
  readonly values?: ValueGroup | undefined;
  readonly duplicates: DuplicatePolicy;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Until when an instance that is replaced can be brought back: milliseconds since 1970. */
  readonly purgeAt: number;
}

/**
 * What becomes of other content under UIDs that are known. reject: it is refused. replace: it takes the place of what is
 * there. keep: what is there stays, and it is kept aside. The same content again is no duplicate.
 */
export type DuplicatePolicy = 'reject' | 'replace' | 'keep';

export interface DuplicateSettings {
  readonly duplicates: DuplicatePolicy;
  /** How long what was deleted or replaced can be brought back, milliseconds. */
  readonly retentionMs: number;
}

/** A study as its first instance of the group describes it. Search columns are null where the attribute is empty. */
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
  /** The words of the names, and how they sound: see name-words.ts. */
  readonly patientNameWords: readonly string[] | null;
  readonly referringPhysicianNameWords: readonly string[] | null;
  readonly issuerOfPatientID: string | null;
  readonly patientBirthDate: string | null;
  readonly patientSex: string | null;
  /** Timezone Offset From UTC of the study's dates and times, minutes. */
  readonly timezoneOffset: number | null;
  readonly attributes: DicomJson;
}

export interface SeriesRecord extends SeriesIdentity {
  readonly modality: string | null;
  readonly seriesNumber: number | null;
  readonly performedProcedureStepStartDate: string | null;
  readonly performedProcedureStepStartTime: string | null;
  readonly seriesDescription: string | null;
  readonly bodyPartExamined: string | null;
  readonly protocolName: string | null;
  /** Timezone Offset From UTC of the series' dates and times, minutes. */
  readonly timezoneOffset: number | null;
  /** Items of Request Attributes Sequence. */
  readonly requests: readonly { readonly scheduledProcedureStepID: string; readonly requestedProcedureID: string }[];
  readonly attributes: DicomJson;
}

/** A metadata segment: an object already written to R2, or its content where it is short. */
export interface SegmentRecord extends SeriesIdentity {
  readonly name: string;
  readonly byteLength: number;
  readonly entryCount: number;
  /** See metadata-segment.ts. */
  readonly content?: string;
}

/** An instance whose bytes are already in R2. */
export interface InstanceRecord extends InstanceIdentity {
  readonly sopClassUID: string;
  readonly instanceNumber: number | null;
  readonly rows: number | null;
  readonly columns: number | null;
  readonly bitsAllocated: number | null;
  readonly numberOfFrames: number | null;
  readonly transferSyntaxUID: string;
  readonly version: string;
  readonly byteLength: number;
  readonly digest: string;
  readonly crc32: number;
  readonly layout: InstanceLayout;
  readonly segment: string;
  readonly offset: number;
  readonly length: number;
  readonly start: number;
  readonly end: number;
}

/** What became of one instance of the group, in the group's order. */
export interface CommitOutcome {
  /**
   * stored: these bytes count from now on. identical: the same bytes were there already. conflict: other bytes are
   * there under the same UIDs, and stay. kept: the same, but these were kept aside; kept before: they are so already.
   * too-large, refused: the index does not take the instance, now or later; see RefusedError.
   */
  readonly result: 'stored' | 'identical' | 'conflict' | 'kept' | 'kept before' | 'too-large' | 'refused';
  /** Metadata segments that the instance's series has now. */
  readonly seriesSegments: number;
}

/** Several segments of a series merged into one. */
export interface SegmentReplacement extends SeriesIdentity {
  readonly from: readonly string[];
  readonly to: SegmentRecord;
  readonly locations: readonly {
    readonly sopInstanceUID: string;
    readonly version: string;
    /** The segment the instance was read from. */
    readonly from: string;
    readonly offset: number;
    readonly length: number;
    readonly start: number;
    readonly end: number;
  }[];
  /** When the old objects may go: milliseconds since 1970. */
  readonly dueAt: number;
}
