import type { StudyMove } from '../../../archive/moves/moves';
import { ElsewhereError } from '../../statements/retries';
import type { Directory } from '../directory';
import { CANCEL, FENCE_OF, ITS_MOVE, LIFT } from './move-sql';
import type { NumberedDatabases } from './numbered-databases';

/** Tries of a change that meets moves. */
const TRIES = 5;

/**
 * Changes of studies that are on their way between databases. A database that a study leaves, has left or is to come to refuses
 * every change of it. The change has priority: the move is cancelled, unless the study counts in its target by now.
 */
export class Fences {
  constructor(
    private readonly databases: NumberedDatabases,
    private readonly directory: Directory,
  ) {}

  /**
   * Makes a change. If its studies are in another database than the remembered one, it tries again.
   * @param studies Study Instance UIDs
   * @param change looks up the places of its studies, and changes nothing when it throws ElsewhereError
   */
  async passing<Result>(studies: readonly string[], change: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await change();
      } catch (error) {
        if (!(error instanceof ElsewhereError)) throw error;
        // The next request looks the places up again.
        this.directory.forget(studies);
        if (attempt === TRIES) throw error;
        for (const study of studies) await this.open(study);
      }
    }
  }

  /** Removes what keeps a study from being changed in the database where it counts. */
  private async open(studyInstanceUID: string): Promise<void> {
    const number = (await this.directory.find([studyInstanceUID])).get(studyInstanceUID) ?? 1;
    // The fence is read first. If the study's move then has another number, an abandoned attempt has left the fence.
    const [fence] = await this.databases.all<{ move: string }>(number, FENCE_OF, studyInstanceUID);
    if (fence === undefined) return;
    const [move] = await this.databases.all<StudyMove>(1, ITS_MOVE, studyInstanceUID);
    if (move?.move === fence.move) await this.databases.all(1, CANCEL, studyInstanceUID, fence.move, Date.now());
    const [after] = await this.databases.all<StudyMove>(1, ITS_MOVE, studyInstanceUID);
    if (after?.move !== fence.move || countsIn(after) === number) {
      await this.databases.all(number, LIFT, studyInstanceUID, fence.move);
    }
  }
}

/** The database in which a study counts after its move was carried out or cancelled. */
function countsIn({ state, source, target }: StudyMove): number | undefined {
  if (state === 'moved') return target;
  return state === 'cancelled' ? source : undefined;
}
