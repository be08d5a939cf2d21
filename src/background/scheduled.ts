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
 * @param archives the first is the deployment's own
 * @throws the first error, so that the platform notes the run as failed
 */
export async function runHourly(archives: readonly Swept[], ledger = new Ledger()): Promise<void> {
  const errors: unknown[] = [];
  const home = archives[0]?.archive;
  if (home === undefined) return;
  for (const { archive, config } of archives) {
    let stopped: SweepStop | undefined;
    const runs = [
      async () => {
        stopped = await sweepOnce(archive, config);
      },
      () => completeAllInterrupted(archive, Date.now()),
      () => ingestWaiting({ archive, home, config, ledger }),
      () => retain(archive, config, stopped),
      () => archive.uploadSessions.forgetExpired(Date.now()),
      () => follow(archive, config),
      () => keepRecord(archive, config, stopped),
      () => archive.sessions.forgetOld(Date.now()),
      () => verify(archive, config),
      () => snapshots(archive),
      () => keepAllAccess(archive, Date.now()),
      () => moves(archive),
    ];
    for (const run of runs) {
      try {
        await run();
      } catch (error) {
        logFailure('hourly-run-failed', error, { archive: archive.name });
        errors.push(error);
      }
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** @returns why the sweeper did nothing */
async function sweepOnce(archive: Archive, { duplicates, asideMs }: Swept['config']): Promise<SweepStop | undefined> {
  const { deleted, stopped, orphansWaiting } = await sweep(archive, Date.now(), duplicates.retentionMs, asideMs);
  if (stopped === undefined) logEvent('sweep-done', { archive: archive.name, ...deleted, orphansWaiting });
  return stopped;
}

async function follow(archive: Archive, { searchAttributes }: Swept['config']): Promise<void> {
  await followConfiguration(archive, searchAttributes, Date.now(), true);
}

/** The bucket of another archive holds that archive's record: nothing is written or deleted there. */
async function keepRecord(archive: Archive, config: Swept['config'], stopped: SweepStop | undefined): Promise<void> {
  if (stopped !== 'too-many-orphans' && carryOtherIDs(stopped)) return;
  const now = Date.now();
  await noteSettings(archive.record, accessSettings(config), now);
  await sealRecord(archive, now);
  await forgetRecord(archive, config.recordRetention, now);
}

/** Deletes nothing when the sweeper has stopped. */
async function retain(archive: Archive, config: Swept['config'], stopped: SweepStop | undefined): Promise<void> {
  if (stopped !== undefined) return;
  await applyRetention(archive, config.retentionRules, config.duplicates, Date.now());
}

async function verify(archive: Archive, { verifiedBytesPerHour }: Swept['config']): Promise<void> {
  const finished = await verifyHourly(archive, Date.now(), verifiedBytesPerHour);
  if (finished === undefined) return;
  const faults = await archive.verification.countFaults(COUNTED_FAULTS);
  const { instances } = finished.checked;
  if (faults === 0) logEvent('verification-done', { archive: archive.name, instances });
  else logFailure('verification-found-faults', undefined, { archive: archive.name, instances, faults });
}

async function snapshots(archive: Archive): Promise<void> {
  if ((await takeSnapshots(archive, Date.now())).more) await archive.background.requestSnapshots();
}

/** A message of the queue may have been lost. */
async function moves(archive: Archive): Promise<void> {
  const delayMs = await moveStep(archive, Date.now());
  if (delayMs !== undefined) await archive.background.requestMoves(delayMs);
}

const COUNTED_FAULTS = 1000;
