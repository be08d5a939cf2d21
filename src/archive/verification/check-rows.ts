import type { Archive } from '../ports';
import { DamagedPageError, newestSnapshot, readPage } from '../snapshot/catch-up';
import { describeSnapshotKey, SNAPSHOT_PREFIX } from '../snapshot/snapshot-keys';
import type { Finding } from './verification';

/** Studies of a page, and calls to R2 after which it ends early: a study takes one, and one for each page of its rows. */
const PAGE = 50;
const CALLS = 100;

/** How the position begins of studies of which something is removed; they come after the studies that are there. */
const REMOVED = 'removed/';

/** A page of this part: see Page in verify-archive.ts. */
interface RowsPage {
  readonly next: string | undefined;
  readonly checked: number;
  readonly findings: readonly Finding[];
}

/**
 * Looks whether the bucket has the rows of the next studies, as they were copied beside the objects (snapshot.ts),
 * those of studies that were deleted as a whole too. Rows that are missing or damaged are a finding, and are noted to
 * be copied again.
 * @param position empty: at the first study
 * @param reads whether the rows are read; otherwise only their keys are listed
 */
export async function lookAtRows(archive: Archive, position: string, reads: boolean): Promise<RowsPage> {
  const studies = await studiesAt(archive, position);
  const faulty: string[] = [];
  let [checked, calls] = [0, 0];
  let at = position;
  for (const { studyInstanceUID, next } of studies) {
    if (calls >= CALLS) break;
    const looked = await lookAt(archive, studyInstanceUID, reads);
    calls += looked.calls;
    if (looked.fault !== undefined) faulty.push(studyInstanceUID);
    checked += 1;
    at = next;
  }
  const isLast = studies.length < PAGE && checked === studies.length;
  const isRemoved = position.startsWith(REMOVED);
  const findings = await confirmed(archive, faulty, reads);
  return { next: isLast ? (isRemoved ? undefined : REMOVED) : at, checked, findings };
}

/** The next studies, each with the position after it. */
async function studiesAt({ retention, snapshots }: Archive, position: string) {
  if (position.startsWith(REMOVED)) {
    const found = await snapshots.removedStudiesAfter(position.slice(REMOVED.length), PAGE);
    return found.map((studyInstanceUID) => ({ studyInstanceUID, next: REMOVED + studyInstanceUID }));
  }
  const found = await retention.studiesAfter(Number(position), PAGE);
  return found.map(({ studyInstanceUID, row }) => ({ studyInstanceUID, next: String(row) }));
}

/**
 * A study that waits to be copied has no fault; rows that were missing may have been copied since. All studies of a page are asked
 * for together: a run has 1,000 statements.
 */
async function confirmed(archive: Archive, studies: readonly string[], reads: boolean): Promise<Finding[]> {
  if (studies.length === 0) return [];
  const waiting = new Set(await archive.snapshots.waiting(studies));
  const faults = new Map<string, Finding>();
  for (const studyInstanceUID of studies) {
    if (waiting.has(studyInstanceUID)) continue;
    const { fault } = await lookAt(archive, studyInstanceUID, reads);
    if (fault !== undefined) faults.set(studyInstanceUID, fault);
  }
  if (faults.size > 0) await archive.snapshots.noteChanged([...faults.keys()]);
  return [...faults.values()];
}

async function lookAt(
  archive: Archive,
  studyInstanceUID: string,
  reads: boolean,
): Promise<{ readonly fault: Finding | undefined; readonly calls: number }> {
  const missing: Finding = { kind: 'missing-object', subject: `${SNAPSHOT_PREFIX}${studyInstanceUID}` };
  const { keys } = await newestSnapshot(archive, studyInstanceUID);
  if (pagesOf(keys.at(-1)) !== keys.length) return { fault: missing, calls: 1 };
  for (const key of reads ? keys : []) {
    try {
      if ((await readPage(archive, key)) === null) return { fault: missing, calls: keys.length };
    } catch (error) {
      if (!(error instanceof DamagedPageError)) throw error;
      return { fault: { kind: 'unreadable-object', subject: key }, calls: keys.length };
    }
  }
  return { fault: undefined, calls: 1 + (reads ? keys.length : 0) };
}

/** How many pages the snapshot has whose last one has this key; -1 when there is none. */
function pagesOf(last: string | undefined): number {
  if (last === undefined || !describeSnapshotKey(last)?.isLast) return -1;
  return Number.parseInt(last.slice(last.lastIndexOf('/') + 1), 10) + 1;
}
