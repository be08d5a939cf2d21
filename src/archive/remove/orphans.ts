import { describeKey, OBJECT_PREFIXES, UPLOAD_MS } from '../object-keys';
import type { Archive } from '../ports';
import { StatementBudget } from '../statement-budget';
import type { SweepPosition } from './sweep-index';

/** Keys that R2 lists, and deletes, in one call at most. */
const PAGE = 1000;

/** Listing calls of one run: hourly runs look through an archive of a million objects within a day. */
const PAGES = 50;

/** Up to this number of orphans is never too many. */
const FEW = 20;

/**
 * In a larger archive, one orphan for this number of instances is not too many: interrupted requests leave the objects
 * that they have written.
 */
const INSTANCES_PER_ORPHAN = 100;

/** More orphans than this are always too many: they must have another cause than interrupted requests. */
const MOST = 10_000;

/** The result of a run for the objects that no row names. */
export interface OrphanReport {
  /** Whether there are more orphans than interrupted requests leave behind, so that the run deleted none. */
  readonly tooMany: boolean;
  /** The remaining orphans that the operator has not accepted. */
  readonly waiting: number;
  readonly deleted: number;
}

/**
 * Finds the objects that no row names, and deletes those that were found long ago. The run that finds an orphan never
 * deletes it: it records the orphan, and a later run deletes it, `quarantineMs` after it was first seen, if still no
 * row names it. While there are more orphans than interrupted requests leave behind, a run looks for no others and
 * deletes none: the index has probably been replaced. Every step may be interrupted and run again.
 * @param now milliseconds since 1970
 */
export async function reclaimOrphans(
  archive: Archive,
  now: number,
  quarantineMs: number,
  budget = StatementBudget.UNLIMITED,
): Promise<OrphanReport> {
  await lookAgain(archive, budget.part(4));
  let bound = await orphanBound(archive);
  if (!bound.tooMany) {
    await lookForOrphans(archive, now, budget.part(2));
    bound = await orphanBound(archive);
  }
  if (bound.tooMany) return { ...bound, deleted: 0 };
  const deleted = await deleteOldOrphans(archive, now, now - quarantineMs, budget);
  const waiting = deleted === 0 ? bound.waiting : await archive.sweeps.countOrphans(MOST + 1);
  return { tooMany: false, waiting, deleted };
}

/** An object that a row names now is no longer an orphan: the index was put right. */
async function lookAgain(archive: Archive, budget: StatementBudget): Promise<void> {
  let after = '';
  const goesOn = budget.units(5);
  for (let page = 0; page < PAGES && goesOn(); page += 1) {
    const keys = await archive.sweeps.orphansAfter(after, PAGE);
    const last = keys.at(-1);
    if (last === undefined) return;
    after = last;
    const still = new Set(await archive.sweeps.unreferenced(keys.flatMap(describeKey)));
    const named = keys.filter((key) => !still.has(key));
    if (named.length > 0) await archive.sweeps.forgetOrphans(named);
  }
}

async function orphanBound(archive: Archive): Promise<{ tooMany: boolean; waiting: number }> {
  const waiting = await archive.sweeps.countOrphans(MOST + 1);
  if (waiting <= FEW) return { tooMany: false, waiting };
  if (waiting > MOST) return { tooMany: true, waiting };
  const enough = waiting * INSTANCES_PER_ORPHAN;
  return { tooMany: (await archive.sweeps.countInstances(enough)) < enough, waiting };
}

/**
 * Looks through some pages of the bucket, beginning where the last run stopped. Stops when there are too many orphans.
 */
async function lookForOrphans(archive: Archive, now: number, budget: StatementBudget): Promise<void> {
  let position: SweepPosition = (await archive.sweeps.position()) ?? { prefix: OBJECT_PREFIXES[0] };
  const goesOn = budget.units(5);
  for (let page = 0; page < PAGES && goesOn(); page += 1) {
    const { objects, cursor } = await archive.objects.list(position.prefix, position.cursor);
    const old = new Map(
      objects.filter(({ uploaded }) => uploaded < now - UPLOAD_MS).map(({ key, uploaded }) => [key, uploaded]),
    );
    const described = [...old.keys()].flatMap(describeKey);
    const found = described.length === 0 ? [] : await archive.sweeps.unreferenced(described);
    if (found.length > 0) {
      const orphans = found.map((key) => ({ key, uploadedAt: old.get(key) ?? now }));
      await archive.sweeps.noteOrphans(orphans, now);
      if ((await orphanBound(archive)).tooMany) return;
    }
    const next = nextPosition(position.prefix, cursor);
    await archive.sweeps.keepPosition(next ?? { prefix: OBJECT_PREFIXES[0] });
    if (next === undefined) return;
    position = next;
  }
}

/** @returns undefined at the end of the bucket */
function nextPosition(prefix: string, cursor: string | undefined): SweepPosition | undefined {
  if (cursor !== undefined) return { prefix, cursor };
  const next = OBJECT_PREFIXES[OBJECT_PREFIXES.indexOf(prefix) + 1];
  return next === undefined ? undefined : { prefix: next };
}

/** The second look and the claim are one statement: after it no row may name the object again. */
async function deleteOldOrphans(
  archive: Archive,
  now: number,
  before: number,
  budget: StatementBudget,
): Promise<number> {
  let deleted = 0;
  const goesOn = budget.units(5);
  for (let page = 0; page < PAGES && goesOn(); page += 1) {
    const keys = await archive.sweeps.oldOrphans(before, PAGE);
    if (keys.length === 0) break;
    const claimed = await archive.sweeps.claimOrphans(keys.flatMap(describeKey), now);
    if (claimed.length > 0) await archive.objects.delete(claimed);
    // A row names the orphans that were not claimed.
    await archive.sweeps.forgetOrphans(keys);
    deleted += claimed.length;
  }
  return deleted;
}
