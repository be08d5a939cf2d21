import { attempt, type Target } from './fuzz-check';
import type { Sample } from './fuzz-file';
import { storeCase } from './fuzz-request';

/** Something that must never happen, and the seed that makes it happen again. */
export interface Find {
  readonly seed: number;
  readonly what: string;
}

/** What a run has seen so far. */
export interface Tally {
  cases: number;
  /** Answers by status. */
  readonly statuses: Map<number, number>;
  /** Paths of every instance that was acknowledged. */
  readonly stored: Set<string>;
  readonly finds: Find[];
}

export function newTally(): Tally {
  return { cases: 0, statuses: new Map(), stored: new Set(), finds: [] };
}

/** Sends the case of a seed. A failed exchange counts as a finding. */
export async function runCase(
  target: Target,
  seed: number,
  tally: Tally,
  samples: readonly Sample[] = [],
): Promise<void> {
  tally.cases += 1;
  try {
    const { status, stored, finds } = await attempt(target, storeCase(seed, samples));
    tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
    for (const path of stored) tally.stored.add(path);
    tally.finds.push(...finds.map((what) => ({ seed, what })));
  } catch (error) {
    tally.finds.push({ seed, what: `no answer: ${error}` });
  }
}

/**
 * Checks that the visible instances are the acknowledged ones, and that counts agree. @param seed of the last case,
 * from which the check starts
 */
export async function checkVisible(target: Target, tally: Tally, seed: number): Promise<void> {
  const visible = new Set<string>();
  const page = 500;
  for (let offset = 0; ; offset += page) {
    const rows = await list(target, `/dicomweb/instances?limit=${page}&offset=${offset}`);
    for (const row of rows) {
      const uri = String(row['00081190']?.Value?.[0]);
      visible.add(uri.slice(uri.indexOf('/dicomweb/')));
    }
    if (rows.length < page) break;
  }
  const find = (what: string) => tally.finds.push({ seed, what });
  for (const path of visible) if (!tally.stored.has(path)) find(`${path} is visible and was never acknowledged`);
  for (const path of tally.stored) if (!visible.has(path)) find(`${path} was acknowledged and is not found`);
  let counted = 0;
  for (let offset = 0; ; offset += page) {
    const rows = await list(target, `/dicomweb/studies?limit=${page}&offset=${offset}`);
    for (const row of rows) counted += Number(row['00201208']?.Value?.[0]);
    if (rows.length < page) break;
  }
  if (counted !== visible.size) find(`studies count ${counted} instances, and ${visible.size} are found`);
}

async function list(target: Target, path: string): Promise<Record<string, { Value?: unknown[] }>[]> {
  const answer = await target.fetch(path, { headers: { Accept: 'application/dicom+json' } });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
  return await answer.json();
}
