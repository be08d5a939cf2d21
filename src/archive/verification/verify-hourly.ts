import type { Archive } from '../ports';
import { StatementBudget } from '../statement-budget';
import type { Verification } from './verification';
import { newVerification, verifyStep } from './verify-archive';

/** A new verification begins this long after the last one began, or when that one is finished if it takes longer. */
const INTERVAL_MS = 7 * 24 * 60 * 60 * 1000;

/** Pages of one run: it makes up to 8,000 calls to R2. */
const PAGES = 20;

/**
 * The part of the verification that an hourly run does: it reads every file again and again, as slowly as the operator
 * wants.
 * @param now milliseconds since 1970
 * @param bytes of files to read; 0: there is nothing to do
 * @returns the verification, when this run has finished it
 */
export async function verifyHourly(
  archive: Archive,
  now: number,
  bytes: number,
  budget = StatementBudget.UNLIMITED,
): Promise<Verification | undefined> {
  if (bytes === 0) return undefined;
  const kept = await archive.verification.kept();
  if (kept === undefined || kept.state.finishedAt !== undefined) {
    if (kept !== undefined && now - kept.state.startedAt < INTERVAL_MS) return undefined;
    await archive.verification.keep(newVerification(now, true), kept?.revision ?? 0);
  }
  const state = await verifyStep(archive, now, { pages: PAGES, bytes }, budget);
  return state?.finishedAt === now ? state : undefined;
}
