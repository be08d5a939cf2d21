import { forgetRecord } from '../archive/audit/retain';
import { sealRecord } from '../archive/audit/seal';
import { Ledger } from '../archive/memory/ledger';
import type { Archive } from '../archive/ports';
import { sweep } from '../archive/remove/sweep';
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
  readonly config: Pick<
    Config,
    'duplicates' | 'searchAttributes' | 'recordRetention' | 'verifiedBytesPerHour' | 'limits' | 'frameCopies'
  >;
}

/**
 * The hourly run of each archive: the sweeper, the search attributes of the configuration, the record, the
 * verification, and snapshots. A failure of one does not keep the others from running.
 * @throws the first error, so that the platform notes the run as failed
 */
export async function runHourly(archives: readonly Swept[], ledger = new Ledger()): Promise<void> {
  const errors: unknown[] = [];
  for (const { archive, config } of archives) {
    const runs = [
      () => sweepOnce(archive, config),
      () => completeAllInterrupted(archive, Date.now()),
      () => ingestWaiting({ archive, config, ledger }),
      () => archive.uploadSessions.forgetExpired(Date.now()),
      () => follow(archive, config),
      () => keepRecord(archive, config),
      () => archive.sessions.forgetOld(Date.now()),
      () => verify(archive, config),
      () => snapshots(archive),
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

async function sweepOnce(archive: Archive, { duplicates }: Swept['config']): Promise<void> {
  const { deleted, stopped, orphansWaiting } = await sweep(archive, Date.now(), duplicates.retentionMs);
  if (stopped === undefined) logEvent('sweep-done', { archive: archive.name, ...deleted, orphansWaiting });
}

async function follow(archive: Archive, { searchAttributes }: Swept['config']): Promise<void> {
  await followConfiguration(archive, searchAttributes, Date.now(), true);
}

async function keepRecord(archive: Archive, { recordRetention }: Swept['config']): Promise<void> {
  const now = Date.now();
  await sealRecord(archive, now);
  await forgetRecord(archive, recordRetention, now);
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

const COUNTED_FAULTS = 1000;
