/** A rule of the setting RETENTION_RULES. */
export interface RetentionRule {
  readonly name: string;
  /** All modalities of the study are among these. Absent: any. */
  readonly modalities?: readonly string[];
  /** The study has one of these labels. Absent: any or none. */
  readonly labels?: readonly string[];
  /** Days since the study was last changed: stored to, labelled, or restored. */
  readonly days: number;
  /** False: studies are counted, and stay. */
  readonly deletes: boolean;
}

/** A pass through all studies, some of them in each hourly run. Times are milliseconds since 1970. */
export interface RetentionLook {
  readonly startedAt: number;
  /** The row of the last study that was checked. */
  readonly studyRow: number;
  readonly studies: number;
  /** What became of the studies that were due, by the names of rules. */
  readonly due: Readonly<Record<string, DueStudies>>;
  /** The last complete pass. */
  readonly before?: Omit<RetentionLook, 'before'> & { readonly finishedAt: number };
}

/** The number of studies that were due by a rule, and of those of them that are under legal hold or were deleted. */
export interface DueStudies {
  readonly due: number;
  readonly held: number;
  readonly deleted: number;
}

/** A study as the rules see it. */
export interface RetainedStudy {
  readonly row: number;
  readonly studyInstanceUID: string;
  readonly modalities: readonly string[];
  readonly labels: readonly string[];
  readonly changedAt: number;
  readonly isHeld: boolean;
}

/** What the rules of retention ask an archive's index. Every method is one round trip to the database. */
export interface RetentionIndex {
  /** Studies in the order of their rows, after this row. */
  studiesAfter(row: number, limit: number): Promise<readonly RetainedStudy[]>;
  look(): Promise<RetentionLook | undefined>;
  keepLook(look: RetentionLook): Promise<void>;
}
