import {
  type MoveOrder,
  type MoveProgress,
  SETTLED_MS,
  type StudyMove,
  type StudyMoves,
} from '../../../archive/moves/moves';
import { RefusedError, TooMuchWorkError } from '../../../archive/unavailable';
import { logFailure } from '../../../log';
import type { StatementsOf } from '../../d1-client';
import { retrying } from '../../retries';
import { CLEAR, FORGET_CHANGED } from '../../snapshot/snapshot-sql';
import type { Directory } from '../directory';
import type { OneDatabase } from '../span';
import * as moveSQL from './move-sql';
import { insertStudy, readStudy } from './study-rows';

/** Rows of instances, removed instances and attribute values of a study: a larger one is not moved, as it is held whole. */
const MOST_ROWS = 20_000;

type Value = string | number | null;

/**
 * The moves of studies between the databases of an archive.
 * @param archives what each database makes of the archive, in the order of their numbers
 * @param databases the same databases
 */
export function d1Moves(
  archives: readonly OneDatabase[],
  databases: readonly StatementsOf[],
  directory: Directory,
): StudyMoves {
  const batch = async <Row>(number: number, statements: readonly (readonly [sql: string, ...values: Value[]])[]) => {
    const session = databases[number - 1]!.withSession('first-primary');
    return await retrying(() =>
      session.batch<Row>(statements.map(([sql, ...values]) => session.prepare(sql).bind(...values))),
    );
  };
  const all = async <Row>(number: number, sql: string, ...values: Value[]): Promise<Row[]> =>
    (await batch<Row>(number, [[sql, ...values]]))[0]!.results;

  return {
    databases: databases.length,

    async progress() {
      const [row] = await all<Omit<MoveProgress, 'order'> & { wanted: string }>(1, moveSQL.PROGRESS);
      if (row === undefined) return undefined;
      const { wanted, ...progress } = row;
      return { order: JSON.parse(wanted) as MoveOrder, ...progress };
    },
    async begin(order, most, now) {
      return (await all(1, moveSQL.BEGIN, JSON.stringify(order), most, now)).length > 0;
    },
    async stop() {
      await all(1, moveSQL.STOP);
    },
    underWay: () => all<StudyMove>(1, moveSQL.UNDER_WAY),
    async finish(now) {
      await all(1, moveSQL.FINISH, now);
      const [row] = await all<{ finishedAt: number | null }>(1, moveSQL.PROGRESS);
      return row?.finishedAt !== null;
    },

    async claim({ order, position, remaining }, limit, unchangedSince, now) {
      const wanted = Math.min(limit, remaining);
      const found = await (order.studies === undefined
        ? arrivals(order.source ?? 1, position, wanted, unchangedSince)
        : named(order.studies.slice(position, position + wanted), position));
      const claimable = found.studies.filter(({ source }) => source !== order.target);
      const claims = [...Map.groupBy(claimable, ({ source }) => source)].map(
        ([source, some]) =>
          [
            moveSQL.CLAIM,
            JSON.stringify(some.map(({ uid }) => uid)),
            ...[source, order.target, now, position],
          ] as const,
      );
      const skipped = found.looked - claimable.length;
      const counted = order.studies === undefined ? claimable.length : found.looked;
      await batch(1, [...claims, [moveSQL.ADVANCE, position, found.position, counted, skipped, Number(found.isLast)]]);
    },

    async copy(move, unchangedSince, now) {
      const { studyInstanceUID, source, target } = move;
      const of = [studyInstanceUID, move.move] as const;
      if ((await all(1, moveSQL.BEGIN_COPY, ...of, now)).length === 0) return;
      try {
        const copied = await copyRows(move, unchangedSince, now);
        if (copied === 'wait') return;
        if (copied === 'done') {
          await batch(
            1,
            moveSQL.SWITCH.map((sql) => [sql, ...of, now] as const),
          );
        } else await all(1, moveSQL.CANCEL, ...of, now);
      } catch (error) {
        const isRefused =
          error instanceof RefusedError || error instanceof TooMuchWorkError || error instanceof TypeError;
        if (!isRefused) throw error;
        logFailure('move-failed', error, { studyInstanceUID });
        await all(1, moveSQL.CANCEL, ...of, now);
      }
      const [after] = await all<StudyMove>(1, moveSQL.ITS_MOVE, studyInstanceUID);
      if (after?.move !== move.move) return;
      directory.forget([studyInstanceUID]);
      const [here, other] = after.state === 'moved' ? [target, source] : [source, target];
      if (after.state !== 'moved' && after.state !== 'cancelled') return;
      await all(here, moveSQL.LIFT, ...of);
      // The database where the study counts has noted that it has to be copied into the bucket.
      await all(other, FORGET_CHANGED, studyInstanceUID);
    },

    async end(move) {
      const of = [move.studyInstanceUID, move.move] as const;
      const { source, target } = move;
      if (move.state === 'moved') {
        await all(target, moveSQL.LIFT, ...of);
        // The fence stays for good: an isolate that has slept must not store to the study here.
        await batch(source, [[moveSQL.OPEN, ...of], ...cleared(of), [moveSQL.CLOSE, ...of]]);
      } else {
        await all(source, moveSQL.LIFT, ...of);
        await batch(target, [
          [moveSQL.OPEN, ...of],
          ...cleared(of),
          [moveSQL.FORGET_ARRIVAL, ...of],
          [moveSQL.LIFT, ...of],
        ]);
      }
      await batch(
        1,
        moveSQL.END.map((sql) => [sql, ...of] as const),
      );
    },
  };

  /** Studies of a database in the order of their arrival. */
  async function arrivals(source: number, position: number, limit: number, unchangedSince: number): Promise<Found> {
    const rows = await all<{ id: number; studyInstanceUID: string; isUnchanged: number }>(
      source,
      moveSQL.CANDIDATES,
      ...[position, limit, unchangedSince],
    );
    const unchanged = rows.filter(({ isUnchanged }) => isUnchanged === 1);
    return {
      studies: unchanged.map(({ studyInstanceUID: uid }) => ({ uid, source })),
      looked: rows.length,
      position: rows.at(-1)?.id ?? position,
      isLast: rows.length < limit,
    };
  }

  async function named(studies: readonly string[], position: number): Promise<Found> {
    const places = await directory.find(studies);
    return {
      studies: studies.map((uid) => ({ uid, source: places.get(uid) ?? 1 })),
      looked: studies.length,
      position: position + studies.length,
      isLast: studies.length === 0,
    };
  }

  /** @returns wait: the copy is made, and has to become older; stay: the study cannot move now */
  async function copyRows(
    { studyInstanceUID, move, source, target }: StudyMove,
    unchangedSince: number,
    now: number,
  ): Promise<'done' | 'wait' | 'stay'> {
    const of = [studyInstanceUID, move] as const;
    const questions = [[moveSQL.IS_UNFINISHED], [moveSQL.ATTRIBUTES]] as const;
    const [fences, size, ...state] = await batch<Record<string, Value>>(source, [
      [moveSQL.FENCE, ...of, unchangedSince],
      [moveSQL.SIZE, studyInstanceUID],
      ...questions,
    ]);
    const [arrivals, ...there] = await batch<Record<string, Value>>(target, [
      [moveSQL.ARRIVAL, studyInstanceUID],
      ...questions,
    ]);
    const isUnfinished = [state, there].some(([unfinished]) => unfinished!.results.length > 0);
    const isAlike = JSON.stringify(state[1]!.results) === JSON.stringify(there[1]!.results);
    const isSmall = Number(size!.results[0]?.rows) <= MOST_ROWS;
    if (fences!.results.length === 0 || !isSmall || isUnfinished || !isAlike) return 'stay';
    const study = await readStudy(archives[source - 1]!, databases[source - 1]!, studyInstanceUID);
    const { tables } = study.rows;
    if (tables.study.length + tables.removal.length === 0) return 'stay';
    const date = tables.study[0]?.[2];
    if (typeof date === 'string') await directory.widen(target, [date]);
    const arrival = arrivals!.results[0];
    if (arrival?.move !== move) {
      const session = databases[target - 1]!.withSession('first-primary');
      const prepare = (sql: string, ...values: Value[]) => session.prepare(sql).bind(...values);
      const insert = insertStudy(prepare, { studyInstanceUID, move, now }, study);
      const [open, forget] = moveSQL.ARRIVE;
      await once(() =>
        session.batch([prepare(open, ...of), prepare(forget, ...of), ...insert, prepare(moveSQL.CLOSE, ...of)]),
      );
      return 'wait';
    }
    if (now - Number(arrival.movedAt) < SETTLED_MS) return 'wait';
    const copy = await readStudy(archives[target - 1]!, databases[target - 1]!, studyInstanceUID);
    if (JSON.stringify(copy.rows) === JSON.stringify(study.rows)) return 'done';
    logFailure('move-copy-differs', undefined, { studyInstanceUID, source, target });
    return 'stay';
  }
}

interface Found {
  readonly studies: readonly { readonly uid: string; readonly source: number }[];
  readonly looked: number;
  readonly position: number;
  /** There are no further ones. */
  readonly isLast: boolean;
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

/** Deletes the rows of a study in a database where its fence is that of the move, and open. */
function cleared([studyInstanceUID, move]: readonly [string, string]) {
  const isOpen = 'EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = ?1 AND move = ?2 AND is_open = 1)';
  return [...CLEAR, FORGET_CHANGED].map((sql) => [`${sql} AND ${isOpen}`, studyInstanceUID, move] as const);
}
