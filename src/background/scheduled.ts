import { accessSettings } from '../access/access-settings';
import { keepAllAccess } from '../archive/access/keep-access';
import { noteSettings } from '../archive/audit/note-settings';
import { forgetRecord } from '../archive/audit/retain';
import { sealRecord } from '../archive/audit/seal';
import { Ledger } from '../archive/memory/ledger';
import { moveStep } from '../archive/moves/move-studies';
import type { Archive } from '../archive/ports';
import { carryOtherIDs } from '../archive/remove/archive-id';
import { applyRetention } from '../archive/remove/retention';
import { sweep } from '../archive/remove/sweep';
import type { SweepStop } from '../archive/remove/sweep-index';
import { followConfiguration } from '../archive/search-attributes/reindex';
import { takeSnapshots } from '../archive/snapshot/take-snapshots';
import { StatementBudget } from '../archive/statement-budget';
import { completeAllInterrupted } from '../archive/upload/complete';
import { verifyHourly } from '../archive/verification/verify-hourly';
import type { Config } from '../config';
import { logEvent, logFailure } from '../log';
import { ingestWaiting } from './ingest-uploads';

/** An archive, and those of its settings that the hourly run needs. */
export interface Swept {
  readonly archive: Archive;
  readonly config: Config;
}

/**
 * The hourly run of each archive: the sweeper, uploads, retention, search attributes, the record, verification, snapshots,
 * copies of keys and shares, and moves between databases. When one of them fails, the others still run.
 * D1 takes 1,000 statements of one run. Each archive has its share of what is left, and each step half of its
 * archive's; the next run does what a step leaves. Archives for which nothing is left wait for the next run; they take
 * turns at being the first.
 * @param archives the first is the deployment's own
 * @param budget gets all statements that the archives send
 * @throws the first error, so that the platform notes the run as failed
 */
export async function runHourly(
  archives: readonly Swept[],
  ledger = new Ledger(),
  budget = StatementBudget.ofInvocation(),
): Promise<void> {
  const errors: unknown[] = [];
  const home = archives[0]?.archive;
  if (home === undefined) return;
  const first = Math.floor(Date.now() / HOUR_MS) % archives.length;
  for (const [at, swept] of [...archives.slice(first), ...archives.slice(0, first)].entries()) {
    const share = budget.part(archives.length - at);
    const { name } = swept.archive;
    if (at > 0 && budget.left < LEAST) {
      logEvent('hourly-run-postponed', { archive: name });
      continue;
    }
    for (const run of stepsOf(swept, home, ledger)) {
      try {
        await run(share.part(2));
      } catch (error) {
        logFailure('hourly-run-failed', error, { archive: name });
        errors.push(error);
      }
    }
  }
  logEvent('hourly-run-done', { archives: archives.length, failures: errors.length });
  if (errors.length > 0) throw errors[0];
}

/** The steps of one archive's run. */
function stepsOf(
  { archive, config }: Swept,
  home: Archive,
  ledger: Ledger,
): ((of: StatementBudget) => Promise<unknown>)[] {
  let stopped: SweepStop | undefined;
  return [
    async (of) => {
      stopped = await sweepOnce(archive, config, of);
    },
    (of) => completeAllInterrupted(archive, Date.now(), of),
    (of) => ingestWaiting({ archive, home, config, ledger }, of),
    (of) => retain(archive, config, stopped, of),
    () => archive.uploadSessions.forgetExpired(Date.now()),
    () => follow(archive, config),
    (of) => keepRecord(archive, config, stopped, of),
    () => archive.sessions.forgetOld(Date.now()),
    (of) => verify(archive, config, of),
    (of) => snapshots(archive, of),
    () => keepAllAccess(archive, Date.now()),
    (of) => moves(archive, of),
  ];
}

/** @returns why the sweeper did nothing */
async function sweepOnce(
  archive: Archive,
  { duplicates, asideMs }: Swept['config'],
  budget: StatementBudget,
): Promise<SweepStop | undefined> {
  const { retentionMs } = duplicates;
  const { deleted, stopped, orphansWaiting } = await sweep(archive, Date.now(), retentionMs, asideMs, budget);
  if (stopped === undefined) logEvent('sweep-done', { archive: archive.name, ...deleted, orphansWaiting });
  return stopped;
}

async function follow(archive: Archive, { searchAttributes }: Swept['config']): Promise<void> {
  await followConfiguration(archive, searchAttributes, Date.now(), true);
}

/** The bucket of another archive holds that archive's record: nothing is written or deleted there. */
async function keepRecord(
  archive: Archive,
  config: Swept['config'],
  stopped: SweepStop | undefined,
  budget: StatementBudget,
): Promise<void> {
  if (stopped !== 'too-many-orphans' && carryOtherIDs(stopped)) return;
  const now = Date.now();
  await noteSettings(archive.record, accessSettings(config), now);
  await sealRecord(archive, now, budget.part(2));
  await forgetRecord(archive, config.recordRetention, now, budget);
}

/** Deletes nothing when the sweeper has stopped. */
async function retain(
  archive: Archive,
  config: Swept['config'],
  stopped: SweepStop | undefined,
  budget: StatementBudget,
): Promise<void> {
  if (stopped !== undefined) return;
  await applyRetention(archive, config.retentionRules, config.duplicates, Date.now(), budget);
}

async function verify(
  archive: Archive,
  { verifiedBytesPerHour }: Swept['config'],
  budget: StatementBudget,
): Promise<void> {
  const finished = await verifyHourly(archive, Date.now(), verifiedBytesPerHour, budget);
  if (finished === undefined) return;
  const faults = await archive.verification.countFaults(COUNTED_FAULTS);
  const { instances } = finished.checked;
  if (faults === 0) logEvent('verification-done', { archive: archive.name, instances });
  else logFailure('verification-found-faults', undefined, { archive: archive.name, instances, faults });
}

async function snapshots(archive: Archive, budget: StatementBudget): Promise<void> {
  if ((await takeSnapshots(archive, Date.now(), budget)).more) await archive.background.requestSnapshots();
}

/** A message of the queue may have been lost. */
async function moves(archive: Archive, budget: StatementBudget): Promise<void> {
  const delayMs = await moveStep(archive, Date.now(), budget);
  if (delayMs !== undefined) await archive.background.requestMoves(delayMs);
}

const COUNTED_FAULTS = 1000;
const HOUR_MS = 60 * 60 * 1000;

/** Statements of a run that has nothing to do. */
const LEAST = 60;
