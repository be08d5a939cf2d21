/*
 * Studies move from one of an archive's databases to another while the archive is in use: docs/decisions.md, "Studies move".
 */

/**
 * Milliseconds from the copy of a study to the switch: by then the replicas of the target have the copy (BEHIND_MS in
 * storage/statements/d1-client.ts).
 */
export const SETTLED_MS = 15_000;

/** What an administrator wants to be moved. */
export interface MoveOrder {
  /** The number of the database that the studies come to. */
  readonly target: number;
  /** The number of the database that they leave, those first that arrived first; absent: `studies` names them. */
  readonly source?: number;
  /** Study Instance UIDs. */
  readonly studies?: readonly string[];
}

/** How far an order has come. Times are milliseconds since 1970. */
export interface MoveProgress {
  readonly order: MoveOrder;
  /** Where the search for further studies continues. */
  readonly position: number;
  /** Studies that may still be begun. */
  readonly remaining: number;
  readonly moved: number;
  /** Studies that stay: something was stored to them or changed, or they are too large. */
  readonly skipped: number;
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

/** A study on its way. */
export interface StudyMove {
  readonly studyInstanceUID: string;
  /** Names this try. */
  readonly move: string;
  readonly source: number;
  readonly target: number;
  /** moved: it counts in its target. In all other states it counts in its source. */
  readonly state: 'claimed' | 'copying' | 'moved' | 'cancelled';
  /** When it came into this state, milliseconds since 1970. */
  readonly since: number;
}

/** What the job that moves studies asks of the databases of an archive. Everything may be cut short, and done again. */
export interface StudyMoves {
  /** How many databases the archive has. */
  readonly databases: number;
  /** The order that is being carried out, or the last one. */
  progress(): Promise<MoveProgress | undefined>;
  /**
   * Begins an order.
   * @param most studies to move
   * @param now milliseconds since 1970
   * @returns false: another one is not finished yet
   */
  begin(order: MoveOrder, most: number, now: number): Promise<boolean>;
  /** Begins no further studies. Those on their way arrive. */
  stop(): Promise<void>;
  /** The studies on their way. */
  underWay(): Promise<readonly StudyMove[]>;
  /**
   * Claims further studies of an order.
   * @param unchangedSince studies that have changed after this time stay, milliseconds since 1970
   */
  claim(progress: MoveProgress, limit: number, unchangedSince: number, now: number): Promise<void>;
  /**
   * Copies the rows of a study or, when that was done SETTLED_MS ago, compares the copy and lets the study count in its
   * target. A study that has changed after `unchangedSince`, that changes meanwhile or that is too large stays.
   */
  copy(move: StudyMove, unchangedSince: number, now: number): Promise<void>;
  /** Deletes the rows of a study where it does not count. This ends the move. */
  end(move: StudyMove): Promise<void>;
  /** Ends the order, when no study is left. @returns whether it has ended */
  finish(now: number): Promise<boolean>;
}
