import { SETTLED_MS, type StudyMove } from '../../../archive/moves/moves';
import { RefusedError, TooMuchWorkError } from '../../../archive/unavailable';
import { logFailure } from '../../../log';
import { FORGET_CHANGED } from '../../snapshot/snapshot-sql';
import { retrying } from '../../statements/retries';
import type { SqlValue } from '../../statements/sql-fragment';
import type { BoundSQL } from '../../statements/transaction-of';
import type { Directory } from '../directory';
import type { OneDatabase } from '../span';
import * as moveSQL from './move-sql';
import type { NumberedDatabases } from './numbered-databases';
import { insertStudy, type ReadStudy, readStudy } from './study-rows';

/**
 * Rows of instances, removed instances and attribute values of a study: a larger study is not moved, because all rows are
 * held in memory.
 */
const MOST_ROWS = 20_000;

/** wait: the copy is made, and has to become older. stay: the study cannot move now. */
type Copied = 'done' | 'wait' | 'stay';

/** When a study that moves arrived in its target. */
interface Arrival {
  readonly move: string;
  readonly movedAt: number;
}

/** Copies the rows of studies that move, and lets them count in their target. */
export class StudyCopies {
  /** @param archives what each database makes of the archive, in the order of their numbers */
  constructor(
    private readonly archives: readonly OneDatabase[],
    private readonly databases: NumberedDatabases,
    private readonly directory: Directory,
  ) {}

  /** Copies a study: see StudyMoves.copy. */
  async copy(move: StudyMove, unchangedSince: number, now: number): Promise<void> {
    const of = [move.studyInstanceUID, move.move] as const;
    if ((await this.databases.all(1, moveSQL.BEGIN_COPY, ...of, now)).length === 0) return;
    const copied = await this.copyAndSwitch(move, unchangedSince, now);
    if (copied === 'wait') return;
    if (copied === 'stay') await this.databases.all(1, moveSQL.CANCEL, ...of, now);
    await this.open(move);
  }

  /** A study that the target refuses, or that is too much work, stays where it is. */
  private async copyAndSwitch(move: StudyMove, unchangedSince: number, now: number): Promise<Copied> {
    const { studyInstanceUID } = move;
    try {
      const copied = await this.copyRows(move, unchangedSince, now);
      if (copied === 'done') {
        const statements = moveSQL.SWITCH.map((sql): BoundSQL => [sql, studyInstanceUID, move.move, now]);
        await this.databases.transaction(1, statements);
      }
      return copied;
    } catch (error) {
      const isRefused =
        error instanceof RefusedError || error instanceof TooMuchWorkError || error instanceof TypeError;
      if (!isRefused) throw error;
      logFailure('move-failed', error, { studyInstanceUID });
      return 'stay';
    }
  }

  /** Lets the study be changed where it counts now. */
  private async open({ studyInstanceUID, move, source, target }: StudyMove): Promise<void> {
    const [after] = await this.databases.all<StudyMove>(1, moveSQL.ITS_MOVE, studyInstanceUID);
    if (after?.move !== move) return;
    this.directory.forget([studyInstanceUID]);
    if (after.state !== 'moved' && after.state !== 'cancelled') return;
    const [here, other] = after.state === 'moved' ? [target, source] : [source, target];
    await this.databases.all(here, moveSQL.LIFT, studyInstanceUID, move);
    // The database where the study counts has noted that it has to be copied into the bucket.
    await this.databases.all(other, FORGET_CHANGED, studyInstanceUID);
  }

  private async copyRows(move: StudyMove, unchangedSince: number, now: number): Promise<Copied> {
    const { studyInstanceUID, source, target } = move;
    const prepared = await this.prepare(move, unchangedSince);
    if (prepared === undefined) return 'stay';
    const study = await this.read(source, studyInstanceUID);
    const { tables } = study.rows;
    if (tables.study.length + tables.removal.length === 0) return 'stay';
    const date = tables.study[0]?.[2];
    if (typeof date === 'string') await this.directory.widen(target, [date]);
    const { arrival } = prepared;
    if (arrival?.move !== move.move) {
      await this.insert(move, study, now);
      return 'wait';
    }
    if (now - Number(arrival.movedAt) < SETTLED_MS) return 'wait';
    const copy = await this.read(target, studyInstanceUID);
    if (JSON.stringify(copy.rows) === JSON.stringify(study.rows)) return 'done';
    logFailure('move-copy-differs', undefined, { studyInstanceUID, source, target });
    return 'stay';
  }

  /**
   * Fences the study in its source, so that it does not change, and looks whether it can move.
   * @returns undefined when it cannot move now; otherwise its arrival in the target, if an earlier step has copied it
   */
  private async prepare(
    { studyInstanceUID, move, source, target }: StudyMove,
    unchangedSince: number,
  ): Promise<{ readonly arrival: Arrival | undefined } | undefined> {
    const questions = [[moveSQL.IS_UNFINISHED], [moveSQL.ATTRIBUTES]] as const;
    const [fences, size, ...here] = await this.databases.transaction<Record<string, SqlValue>>(source, [
      [moveSQL.FENCE, studyInstanceUID, move, unchangedSince],
      [moveSQL.SIZE, studyInstanceUID],
      ...questions,
    ]);
    const [arrivals, ...there] = await this.databases.transaction<Record<string, SqlValue>>(target, [
      [moveSQL.ARRIVAL, studyInstanceUID],
      ...questions,
    ]);
    const isUnfinished = [here, there].some(([unfinished]) => unfinished!.length > 0);
    const hasSameAttributes = JSON.stringify(here[1]) === JSON.stringify(there[1]);
    const isSmall = Number(size?.[0]?.rows) <= MOST_ROWS;
    if (fences?.length === 0 || !isSmall || isUnfinished || !hasSameAttributes) return undefined;
    return { arrival: arrivals?.[0] as Arrival | undefined };
  }

  private async read(number: number, studyInstanceUID: string): Promise<ReadStudy> {
    return await readStudy(this.archives[number - 1]!, this.databases.at(number), studyInstanceUID);
  }

  /** Inserts the rows of a study in its target, where nothing else can change them. */
  private async insert({ studyInstanceUID, move, target }: StudyMove, study: ReadStudy, now: number): Promise<void> {
    const session = this.databases.at(target).withSession('first-primary');
    const prepare = (sql: string, ...values: SqlValue[]) => session.prepare(sql).bind(...values);
    const [open, forget] = moveSQL.ARRIVE.map((sql) => prepare(sql, studyInstanceUID, move));
    const close = prepare(moveSQL.CLOSE, studyInstanceUID, move);
    const inserts = insertStudy(prepare, { studyInstanceUID, move, now }, study);
    await once(() => session.batch([open!, forget!, ...inserts, close]));
  }
}

/** An earlier try whose answer was lost has noted the arrival. */
const ARRIVED = 'UNIQUE constraint failed: moved_in.study_instance_uid';

async function once(insert: () => Promise<unknown>): Promise<void> {
  await retrying(async () => {
    try {
      await insert();
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(ARRIVED))) throw error;
    }
  });
}
