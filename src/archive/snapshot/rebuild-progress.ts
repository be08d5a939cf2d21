/** How far a rebuild has come. Times are milliseconds since 1970. */
export interface Rebuild {
  readonly startedAt: number;
  /** Absent: it is not finished. */
  readonly finishedAt?: number;
  /**
   * objects: objects of a backup are put into the bucket (restoration.ts). newer: old rows of studies with newer snapshots are
   * deleted. snapshots: rows are copied from snapshots. access: keys and shares are brought back. The others: objects
   * without rows are stored again.
   */
  readonly phase: 'objects' | 'access' | 'newer' | 'snapshots' | 'instances/' | 'unfiled/';
  /** The archive is restored from a backup: the id of the archive that was backed up. */
  readonly archiveID?: string;
  /** The index was put back: it knows nothing from after this time. Only what is newer is looked at. */
  readonly since?: number;
  /** The state of the index counts, although the bucket has later changes. */
  readonly keepsIndex?: boolean;
  /** The cursor of the listing, and how many of the page's studies or objects are done. */
  readonly cursor?: string;
  readonly done: number;
  /** Studies whose snapshots were copied; instances that were stored again, and files that could not be. */
  readonly studies: number;
  readonly storedAgain: number;
  readonly refused: number;
  /** The first of the files that could not be. */
  readonly refusedFiles?: readonly RefusedFile[];
  /** A file that could not be read to its end: if that happens again, it is left out. */
  readonly failedAt?: string;
}

/** A file without a row that was not stored again. */
export interface RefusedFile {
  readonly key: string;
  /** The result of its store (StoreResult), or `unreadable` when its bytes could not be read. */
  readonly reason: string;
}

/** A rebuild that has done nothing yet. @param now milliseconds since 1970 */
export function newRebuild(now: number): Rebuild {
  return { startedAt: now, phase: 'access', done: 0, studies: 0, storedAgain: 0, refused: 0 };
}

/** Says that there is no further page, in place of a number of entries that are done. */
export const ENDED = -1;

/** Where the next step continues after `done` of `count` entries of a page. */
export function after(
  state: Rebuild,
  done: number,
  count: number,
  cursor: string | undefined,
): Pick<Rebuild, 'done' | 'cursor' | 'phase'> {
  const { phase } = state;
  if (done < count) return { phase, done, ...(state.cursor !== undefined && { cursor: state.cursor }) };
  if (cursor !== undefined) return { phase, done: 0, cursor };
  if (phase === 'access')
    return { phase: state.since === undefined || state.keepsIndex ? 'snapshots' : 'newer', done: 0 };
  if (phase === 'newer') return { phase: 'snapshots', done: 0 };
  if (phase === 'snapshots') return { phase: 'instances/', done: 0 };
  return phase === 'instances/' ? { phase: 'unfiled/', done: 0 } : { phase, done: ENDED };
}
