import type { Archive } from '../ports';
import { separation } from '../remove/archive-id';
import { PAGING_MS } from '../search/paging';
import { rebuildState } from '../snapshot/rebuild';
import { StatementBudget } from '../statement-budget';
import { SETTLED_MS, type StudyMove } from './moves';

/**
 * Milliseconds from the claim of a study to its copying: by then every request that does not know of the claim has ended, and
 * no isolate remembers the study's place (PLACE_MS in storage/shards/places.ts).
 */
export const CLAIM_MS = 2 * 60 * 1000;

/** Milliseconds for which the old rows stay: requests that began before the move read them. */
export const KEPT_MS = 10 * 60 * 1000;

/** Studies on their way at the same time: each search of several databases leaves them out of one of two. */
const UNDER_WAY = 250;

/** Studies of one step, and the statements that a copy and the end of a move take. */
const COPIED = 12;
const ENDED = 20;
const STATEMENTS = { copy: 45, end: 15 } as const;

/** Milliseconds until the next step looks whether a claim or old rows have become old enough. */
const PAUSE_MS = 20_000;

/**
 * A step of the job that moves studies between the databases of an archive. It may be interrupted anywhere, and run
 * beside another one.
 * @param now milliseconds since 1970
 * @returns after how many milliseconds the next step is due; undefined: nothing is left to do
 */
export async function moveStep(
  archive: Archive,
  now: number,
  budget = StatementBudget.UNLIMITED,
): Promise<number | undefined> {
  const { moves } = archive;
  const progress = await moves?.progress();
  if (moves === undefined || progress === undefined || progress.finishedAt !== null) return undefined;
  if ((await separation(archive, now)) !== undefined || (await isRebuilding(archive))) return undefined;
  const unchangedSince = now - PAGING_MS;
  const studies = await moves.underWay();
  const old = studies.filter(({ state, since }) => isEnding(state) && now - since >= KEPT_MS);
  const ended = await each(old.slice(0, ENDED), budget.part(3).units(STATEMENTS.end), (move) => moves.end(move));
  const ready = studies.filter(
    ({ state, since }) => !isEnding(state) && now - since >= (state === 'copying' ? SETTLED_MS : CLAIM_MS),
  );
  const copy = (move: StudyMove) => moves.copy(move, unchangedSince, now);
  const copied = await each(ready.slice(0, COPIED), budget.units(STATEMENTS.copy), copy);
  const room = UNDER_WAY - (studies.length - ended);
  if (room > 0 && progress.remaining > 0) await moves.claim(progress, room, unchangedSince, now);
  if (await moves.finish(now)) return undefined;
  return ready.length > copied || old.length > ended ? 0 : PAUSE_MS;
}

/** Works on one item after the other, as long as there are statements for it. @returns how many */
async function each<Item>(
  items: readonly Item[],
  goesOn: () => boolean,
  work: (item: Item) => Promise<unknown>,
): Promise<number> {
  let done = 0;
  for (const item of items) {
    if (!goesOn()) break;
    await work(item);
    done += 1;
  }
  return done;
}

function isEnding(state: string): boolean {
  return state === 'moved' || state === 'cancelled';
}

async function isRebuilding(archive: Archive): Promise<boolean> {
  const state = await rebuildState(archive);
  return state !== undefined && state.finishedAt === undefined;
}
