import type { StudyMove, StudyMoves } from '../../../archive/moves/moves';
import { CLEAR, FORGET_CHANGED } from '../../snapshot/snapshot-sql';
import type { BoundSQL } from '../../statements/transaction-of';
import type { Directory } from '../directory';
import type { OneDatabase } from '../span';
import { MoveOrders } from './move-orders';
import * as moveSQL from './move-sql';
import type { NumberedDatabases } from './numbered-databases';
import { StudyCopies } from './study-copies';

/**
 * The moves of studies between the databases of an archive.
 * @param archives what each database makes of the archive, in the order of their numbers
 */
export function d1Moves(
  archives: readonly OneDatabase[],
  databases: NumberedDatabases,
  directory: Directory,
): StudyMoves {
  const orders = new MoveOrders(databases, directory);
  const copies = new StudyCopies(archives, databases, directory);
  return {
    databases: databases.count,
    progress: () => orders.progress(),
    begin: (order, most, now) => orders.begin(order, most, now),
    stop: () => orders.stop(),
    underWay: () => orders.underWay(),
    claim: (progress, limit, unchangedSince, now) => orders.claim(progress, limit, unchangedSince, now),
    copy: (move, unchangedSince, now) => copies.copy(move, unchangedSince, now),
    end: (move) => end(databases, move),
    finish: (now) => orders.finish(now),
  };
}

/** Ends a move: see StudyMoves.end. */
async function end(databases: NumberedDatabases, { studyInstanceUID, move, ...of }: StudyMove): Promise<void> {
  const named = [studyInstanceUID, move] as const;
  const { source, target } = of;
  if (of.state === 'moved') {
    await databases.all(target, moveSQL.LIFT, ...named);
    // The fence is never removed: an isolate that has slept must not store to the study here.
    await databases.transaction(source, [[moveSQL.OPEN, ...named], ...cleared(named), [moveSQL.CLOSE, ...named]]);
  } else {
    await databases.all(source, moveSQL.LIFT, ...named);
    await databases.transaction(target, [
      [moveSQL.OPEN, ...named],
      ...cleared(named),
      [moveSQL.FORGET_ARRIVAL, ...named],
      [moveSQL.LIFT, ...named],
    ]);
  }
  await databases.transaction(
    1,
    moveSQL.END.map((sql): BoundSQL => [sql, ...named]),
  );
}

/** Deletes the rows of a study in a database where its fence is that of the move, and open. */
function cleared([studyInstanceUID, move]: readonly [string, string]): BoundSQL[] {
  const isOpen = 'EXISTS (SELECT 1 FROM study_fence WHERE study_instance_uid = ?1 AND move = ?2 AND is_open = 1)';
  return [...CLEAR, FORGET_CHANGED].map((sql) => [`${sql} AND ${isOpen}`, studyInstanceUID, move]);
}
