import type { InstanceObjects } from '../remove/sweep-index';

/** The parts of a verification, in their order. */
export const PHASES = ['instances', 'removed', 'segments', 'rows', 'objects', 'counts'] as const;
/**
 * One of the parts. removed: instances that can be restored. segments: objects of merged metadata. rows: those of each
 * study, as they are copied beside the objects.
 */
export type Phase = (typeof PHASES)[number];

/**
 * What a verification can find. missing-object: a row names an object that the bucket does not hold. wrong-length,
 * wrong-digest: the object is not what was stored. unreadable-object: its bytes broke off, twice. unknown-object: no
 * row names the object. recent-unknown-object: the same, but a request that is still running may have written it, so it
 * is no fault. wrong-count: a study, a series or the archive counted its instances or bytes wrong; the count is right
 * now.
 */
export type FindingKind =
  | 'missing-object'
  | 'wrong-length'
  | 'wrong-digest'
  | 'unreadable-object'
  | 'unknown-object'
  | 'recent-unknown-object'
  | 'wrong-count';

/** A difference between the bucket and the index. */
export interface Finding {
  readonly kind: FindingKind;
  /** The key of the object, or the UIDs of the study or of the series, joined by a slash. */
  readonly subject: string;
  /**
   * The Study, Series and SOP Instance UID of the instance whose object it is, joined by slashes. Absent: the key has them, the
   * object belongs to no instance, or an earlier release found it.
   */
  readonly instance?: string;
}

/** How far a verification has come. Times are milliseconds since 1970. */
export interface Verification {
  readonly startedAt: number;
  /** Absent: it is not finished. */
  readonly finishedAt?: number;
  /** Whether each Part 10 file is read and its digest compared; otherwise only its length is. */
  readonly digests: boolean;
  readonly phase: Phase;
  /** Where the phase continues; empty: at its beginning. */
  readonly position: string;
  /**
   * What was looked at: for the phases in turn instances, removed instances, segments, studies, objects, studies. A
   * verification that an earlier release began lacks `rows`.
   */
  readonly checked: Readonly<Partial<Record<Phase, number>>>;
  /** Bytes of the files that were read. */
  readonly bytesRead: number;
  /** In the phase `counts`: the sum of the studies' counts, and the archive's total; null: the total has changed meanwhile. */
  readonly sums?: { readonly counted: Totals; readonly total: Totals | null };
}

/** Numbers of an archive's rows, and the bytes of its Part 10 files. */
export interface Totals {
  readonly studies: number;
  readonly series: number;
  readonly instances: number;
  readonly bytes: number;
}

/** The sum of two parts of an archive. */
export function sumOf(one: Totals, other: Totals): Totals {
  return {
    studies: one.studies + other.studies,
    series: one.series + other.series,
    instances: one.instances + other.instances,
    bytes: one.bytes + other.bytes,
  };
}

/** A verification as it is kept, with the number by which the next step recognises it. */
export interface KeptVerification {
  readonly revision: number;
  readonly state: Verification;
}

/** An instance's row, with the objects that it names. */
export interface NamedInstance extends InstanceObjects {
  readonly id: number;
  readonly byteLength: number;
  /** SHA-256 of the Part 10 file, lower-case hexadecimal. */
  readonly digest: string;
  /** Frames whose entries are in an object of their own; null: in none. */
  readonly frames: number | null;
  readonly inflated: boolean;
  /** Bytes of the frame's compressed copy; null: there is none. */
  readonly copyLength: number | null;
}

/** A metadata segment that is an object of its own. */
export interface NamedSegment {
  readonly id: number;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly name: string;
  readonly byteLength: number;
}

/** The counts of some studies. */
export interface CountedStudies {
  /** The row of the last study; undefined: there was no further study. */
  readonly last: number | undefined;
  /** What they count together. */
  readonly counted: Totals;
  /** The studies and series whose counts were wrong, as subjects of findings. */
  readonly wrong: readonly string[];
  /** What the archive says that it holds, before and after wrong counts were put right. */
  readonly before: Totals;
  readonly after: Totals;
}

/** What a verification asks an archive's index and keeps in it. Every method is one round trip to the database. */
export interface VerificationIndex {
  /** The verification that is under way, or the last one. */
  kept(): Promise<KeptVerification | undefined>;
  /**
   * Keeps a verification in place of the one with this revision; 0: of none.
   * @returns whether it is kept; false: another step was faster
   */
  keep(state: Verification, revision: number): Promise<boolean>;
  /** Instances that count, in the order of their rows, after this row. */
  instancesAfter(row: number, limit: number): Promise<readonly NamedInstance[]>;
  /** Removed instances that are not being purged, likewise. */
  removedAfter(row: number, limit: number): Promise<readonly NamedInstance[]>;
  /** Segments that are objects and hold instances that count, likewise. */
  segmentsAfter(row: number, limit: number): Promise<readonly NamedSegment[]>;
  /** Counts the series and instances of the next studies, and puts wrong counts right in the same transaction. */
  countStudies(afterRow: number, limit: number): Promise<CountedStudies>;
  /** What the archive says that it holds. */
  totals(): Promise<Totals>;
  /**
   * Puts the archive's totals right, unless they have changed meanwhile.
   * @returns whether they were put right
   */
  correctTotals(from: Totals, to: Totals): Promise<boolean>;
  /**
   * Which of these objects were found to be missing, of another length or digest, or unreadable.
   * @param keys of objects
   */
  faultsOf(keys: readonly string[]): Promise<readonly string[]>;
  /** Forgets such findings of objects that were written again. */
  forgetFaultsOf(keys: readonly string[]): Promise<void>;
  noteFindings(findings: readonly Finding[], now: number): Promise<void>;
  /** Findings in the order of their kinds and subjects, with the time at which they were last found. */
  findings(limit: number): Promise<readonly (Finding & { readonly foundAt: number })[]>;
  /** The number of findings that are faults, counted up to `limit`. */
  countFaults(limit: number): Promise<number>;
  /** Forgets what was last found before this time: it is not found any more. */
  forgetFindingsBefore(time: number): Promise<void>;
}
