import { through, utf8 } from '../bytes';
import type { Archive } from '../ports';
import { separation } from '../remove/archive-id';
import { StatementBudget } from '../statement-budget';
import { noteMoment } from './index-moment';
import type { PagePosition, SnapshotPage } from './snapshot';
import { describeSnapshotKey, newSnapshot, SNAPSHOT_PREFIX, snapshotKey, snapshotTime } from './snapshot-keys';

/** Instances of a page: some 1.5 MB of JSON. */
const PAGE = 2000;

/** Studies of one run, and the statements that one of them takes, if it has a page of instances. */
const STUDIES = 60;
const STATEMENTS = 14;

/** A run that has not ended after this time, milliseconds, was cut. */
const ABANDONED_MS = 15 * 60 * 1000;

/**
 * Copies the rows of studies that have changed into the bucket. Each snapshot is written under keys of its own, and then
 * takes the place of the ones before it. A study that changes meanwhile is copied again later. Every step may be
 * interrupted and run again.
 * @param now milliseconds since 1970
 * @param budget for how many studies there are statements left
 * @returns studies copied, and whether more wait
 */
export async function takeSnapshots(
  archive: Archive,
  now: number,
  budget = StatementBudget.UNLIMITED,
): Promise<{ taken: number; more: boolean }> {
  const { snapshots } = archive;
  // The index of another archive has nothing to say in this bucket.
  if ((await separation(archive, now)) !== undefined) return { taken: 0, more: false };
  await snapshots.addUnknown(STUDIES);
  const most = Math.max(1, Math.min(STUDIES, Math.floor(budget.left / STATEMENTS)));
  const studies = await snapshots.claimChanged(most, now, now - ABANDONED_MS);
  const goesOn = budget.units(STATEMENTS);
  let taken = 0;
  for (const studyInstanceUID of studies) {
    // The claim of the others ends with the time of an abandoned run.
    if (taken > 0 && !goesOn()) break;
    await takeSnapshot(archive, studyInstanceUID, now);
    taken += 1;
  }
  if (taken > 0) await noteMoment(archive, now, studies.slice(0, taken));
  return { taken, more: taken < studies.length || studies.length === most };
}

async function takeSnapshot(archive: Archive, studyInstanceUID: string, now: number): Promise<void> {
  const { snapshots, objects } = archive;
  const before = (await objects.list(`${SNAPSHOT_PREFIX}${studyInstanceUID}/`)).objects.map(({ key }) => key);
  const snapshot = newSnapshot(Math.max(now, lastTime(before) + 1));
  let after: PagePosition | undefined;
  for (let number = 0; ; number += 1) {
    const { next, ...rows } = await snapshots.page(studyInstanceUID, after, PAGE);
    // Rows of pages that do not fit together are no snapshot.
    if (number > 0 && next === undefined && (await snapshots.hasChanged(studyInstanceUID, now))) return;
    const page: SnapshotPage = { format: 1, studyInstanceUID, takenAt: now, ...rows };
    const bytes = await through(new CompressionStream('gzip'), [utf8(JSON.stringify(page))]);
    await objects.put(snapshotKey(studyInstanceUID, snapshot, number, next === undefined), bytes);
    if (next === undefined) break;
    after = next;
  }
  // Earlier snapshots are not needed for a rebuild. They stay for a while, because the index may be put back to an earlier
  // time.
  if (before.length > 0) await snapshots.queueDeletion(before, now);
  await snapshots.finish(studyInstanceUID, now);
}

/** The time in the name of the newest snapshot: the clock of another isolate may have been ahead. 0: there is none. */
function lastTime(keys: readonly string[]): number {
  return Math.max(0, ...keys.map((key) => snapshotTime(describeSnapshotKey(key)?.snapshot ?? '0-')));
}
