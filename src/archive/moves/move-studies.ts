import type { Archive } from '../ports';
import { separation } from '../remove/archive-id';
import { PAGING_MS } from '../search/paging';
import { rebuildState } from '../snapshot/rebuild';
import { SETTLED_MS } from './moves';

/**
 * Milliseconds from the claim of a study to its copying: by then every request that does not know of the claim has ended, and
 * no isolate remembers the study's place (PLACE_MS in storage/shards/places.ts).
 */
export const CLAIM_MS = 2 * 60 * 1000;

/** Milliseconds for which the old rows stay: requests that began before the move read them. */
export const KEPT_MS = 10 * 60 * 1000;

/** Studies on their way at the same time: each search of several databases leaves them out of one of two. */
const UNDER_WAY = 250;

/** Studies of one step. A run may send 1,000 statements to D1; a copy takes about 45 of them, and ending a move about 15. */
const COPIED = 12;
const ENDED = 20;

/** Milliseconds until the next step looks whether a claim or old rows have become old enough. */
const PAUSE_MS = 20_000;

/**
 * A step of the job that moves studies between the databases of an archive. It may be interrupted anywhere, and run beside another one.
 * @param now milliseconds since 1970
 * @returns after how many milliseconds the next step is due; undefined: nothing is left to do
 */
export async function moveStep(archive: Archive, now: number): Promise<number | undefined> {
  const { moves } = archive;
  const progress = await moves?.progress();
  if (moves === undefined || progress === undefined || progress.finishedAt !== null) return undefined;
  if ((await separation(archive, now)) !== undefined || (await isRebuilding(archive))) return undefined;
  const unchangedSince = now - PAGING_MS;
  const studies = await moves.underWay();
  const old = studies.filter(({ state, since }) => isEnding(state) && now - since >= KEPT_MS).slice(0, ENDED);
  for (const move of old) await moves.end(move);
  const ready = studies.filter(
    ({ state, since }) => !isEnding(state) && now - since >= (state === 'copying' ? SETTLED_MS : CLAIM_MS),
  );
  const some = ready.slice(0, COPIED);
  for (const move of some) await moves.copy(move, unchangedSince, now);
  const room = UNDER_WAY - (studies.length - old.length);
  if (room > 0 && progress.remaining > 0) await moves.claim(progress, room, unchangedSince, now);
  if (await moves.finish(now)) return undefined;
  return ready.length > some.length || old.length === ENDED ? 0 : PAUSE_MS;
}

function isEnding(state: string): boolean {
  return state === 'moved' || state === 'cancelled';
}

async function isRebuilding(archive: Archive): Promise<boolean> {
  const state = await rebuildState(archive);
  return state !== undefined && state.finishedAt === undefined;
}
