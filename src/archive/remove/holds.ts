/** A legal hold on a study: nothing of it can be deleted, replaced or purged until the hold is lifted. */
export interface LegalHold {
  /** The reason, in the words of the administrator. */
  readonly reason: string;
  /** Since when, milliseconds since 1970. */
  readonly heldAt: number;
}

/** The legal holds of an archive. Every method is one round trip to the database. */
export interface LegalHolds {
  /** @returns undefined when the study is not held */
  of(studyInstanceUID: string): Promise<LegalHold | undefined>;
  /** Holds a study. A study that is held already keeps its time. */
  place(studyInstanceUID: string, hold: LegalHold): Promise<void>;
  /** @returns whether the study was held */
  lift(studyInstanceUID: string): Promise<boolean>;
}

/** The study cannot be changed, since it is under legal hold. */
export class HeldError extends Error {
  override readonly name = 'HeldError';

  constructor(readonly hold: LegalHold) {
    super('under legal hold');
  }
}
