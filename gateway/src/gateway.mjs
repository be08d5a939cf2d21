import { relative } from 'node:path';
import { admission, queryPermission } from './admission.mjs';
import { alerts } from './alert.mjs';
import { Archive } from './archive/archive.mjs';
import { listen } from './association/acceptor.mjs';
import { commitmentService } from './commitment/commitment-service.mjs';
import { CommitmentWork } from './commitment/commitment-work.mjs';
import { PendingCommitments } from './commitment/pending-commitments.mjs';
import { compressOnce } from './compress/compress-once.mjs';
import { Bandwidth } from './forward/bandwidth.mjs';
import { keyCredentials, tokenCredentials } from './forward/credentials.mjs';
import { Forwarder } from './forward/forwarder.mjs';
import { HTTPClient } from './forward/http-client.mjs';
import { ResumableUploads } from './forward/resumable-upload.mjs';
import { storedBefore } from './forward/stored-before.mjs';
import { monotonic } from './monotonic.mjs';
import { Confirmations } from './outbox/confirmations.mjs';
import { DiskSpace } from './outbox/disk-space.mjs';
import { makeFolder } from './outbox/durable.mjs';
import { lockFolder } from './outbox/folder-lock.mjs';
import { Outbox } from './outbox/outbox.mjs';
import { RefusedInstances } from './outbox/refused.mjs';
import { servePage } from './page/page-server.mjs';
import { senderStatus } from './page/status.mjs';
import { findService } from './query/find.mjs';
import { getService } from './retrieve/get.mjs';
import { moveService } from './retrieve/move.mjs';
import { SenderStatistics } from './sender-statistics.mjs';
import { storageService } from './services/storage.mjs';
import { verification } from './services/verification.mjs';

/** How often the free space is measured for new associations, in milliseconds. */
const MEASURE_EVERY = 2000;

/**
 * @typedef {object} Gateway
 * @property {number} port of DIMSE
 * @property {number | undefined} pagePort
 * @property {(patience?: number) => Promise<void>} stop associations have so many milliseconds to end by themselves
 */

/**
 * Starts the gateway.
 * @param {import('./config/config.mjs').Config} config
 * @param {import('./log.mjs').Log} log
 * @returns {Promise<Gateway>} when it takes associations
 */
export async function startGateway(config, log) {
  const { data, archive, dimse, forward } = config;
  await makeFolder(data);
  const unlock = await lockFolder(data);
  const outbox = new Outbox(data);
  await outbox.open();
  const confirmations = new Confirmations(data, config.outbox.journalDays);
  await confirmations.open();
  const refused = new RefusedInstances(data, outbox);
  const space = new DiskSpace(data, config.outbox.leastFreeBytes);
  await space.measure();

  const { ca, proxy, timeout } = archive;
  const http = new HTTPClient({ ca, proxy, timeout });
  const credentials = archive.oauth ? tokenCredentials(archive.oauth, http) : keyCredentials(archive.key);
  const bandwidth = new Bandwidth(forward.bytesPerSecond, forward.windows);
  const pathOf = (/** @type {import('./outbox/entry-name.mjs').Entry} */ entry) => outbox.path(entry);
  const base = archive.url;
  const uploads = new ResumableUploads({ http, credentials, bandwidth, base, requestBytes: forward.bytes, pathOf });
  const statistics = new SenderStatistics();
  const alert = alerts(config.alert.webhook, new HTTPClient({ timeout }), log);
  let rejected = 0;

  const reader = new Archive({ base, credentials, ca, proxy, timeout });
  const forwarder = new Forwarder({
    outbox,
    confirmations,
    refused,
    http,
    credentials,
    bandwidth,
    uploads,
    storedBefore: (entry, signal) => storedBefore(entry, outbox.path(entry), reader, signal),
    prepare: forward.compress ? compressOnce(outbox) : async () => {},
    base,
    limits: { bytes: forward.bytes, instances: forward.instances },
    lanes: forward.lanes,
    settle: forward.settle,
    backOff: forward.backOff,
    observer: {
      onForwarded: ({ aeTitle, bytes }) => statistics.forwarded(aeTitle, bytes),
      onRefused: ({ aeTitle }, { reason, failureReason, status }, path) => {
        statistics.refused(aeTitle);
        statistics.error(aeTitle, `${reason} ${failureReason ?? ''}`.trim());
        alert('instance-refused', { aeTitle, reason, failureReason, status, file: relative(data, path) });
      },
      onTrouble: (entries, { kind, reason }) => {
        const titles = new Set(entries.map(({ aeTitle }) => aeTitle));
        for (const aeTitle of titles) statistics.error(aeTitle, reason);
        if (kind === 'configuration') alert('archive-refuses-the-gateway', { reason });
        else log('warning', 'not-forwarded', { reason, instances: entries.length });
      },
      onLost: ({ aeTitle }) => alert('file-lost', { aeTitle, reason: 'a file of the outbox has gone' }),
    },
  });

  const storage = storageService({
    outbox,
    space,
    privateClasses: dimse.privateClasses,
    onStored: ({ aeTitle, status, bytes }) => {
      if (bytes > 0) statistics.received(aeTitle, bytes);
      else {
        statistics.failed(aeTitle, status);
        log('warning', 'store-failed', { aeTitle, status: status.toString(16).toUpperCase().padStart(4, '0') });
      }
    },
  });
  const peerOf = (/** @type {string} */ aeTitle) => config.peers.get(aeTitle);
  const pending = new PendingCommitments(data);
  await pending.open();
  const commitments = new CommitmentWork({
    ...{
      pending,
      archive: reader,
      outbox,
      confirmations,
      peerOf,
      days: config.commitment.days,
      lookMs: config.commitment.retryMs,
    },
    onEvent: (event, fields) => log(event === 'commitment-reported' ? 'info' : 'warning', event, fields),
  });
  const mayQuery = queryPermission(config);
  const queries = { archive: reader, aeTitle: dimse.aeTitle, peerOf, mayQuery, mostMatches: config.query.mostMatches };
  const acceptor = await listen({
    port: dimse.port,
    ...(dimse.host === undefined ? {} : { host: dimse.host }),
    ...(dimse.tls ? { tls: dimse.tls } : {}),
    services: [
      ...[verification, storage, commitmentService({ pending, work: commitments })],
      ...[findService(queries), moveService(queries), getService(queries)],
    ],
    admit: admission({ aeTitle: dimse.aeTitle, senders: config.senders }, space),
    maximumLength: dimse.maximumLength,
    mostAssociations: dimse.mostAssociations,
    timeouts: dimse.timeouts,
    onAssociation: (association) => {
      const { callingAETitle: aeTitle, remoteAddress } = association;
      const begun = monotonic();
      association.ended.then((error) => {
        const reason = error?.message ?? 'released';
        if (error) statistics.error(aeTitle, reason);
        log(error ? 'warning' : 'info', 'association-ended', {
          aeTitle,
          remoteAddress,
          reason,
          milliseconds: Math.round(monotonic() - begun),
        });
      });
    },
    onRefused: ({ remoteAddress, callingAETitle: aeTitle, reason }) => {
      rejected++;
      log('warning', 'association-refused', { remoteAddress, aeTitle, reason });
    },
  });

  const timer = setInterval(() => {
    space.measure().catch(() => log('error', 'disk-not-measured'));
  }, MEASURE_EVERY);
  const page =
    config.page &&
    (await servePage(config.page, async () => ({
      aeTitle: dimse.aeTitle,
      isWaiting: forwarder.isWaiting,
      associations: acceptor.associations.size,
      rejected,
      freeBytes: space.free,
      refusedFiles: await refused.count(),
      commitments: pending.size,
      senders: senderStatus(outbox.queues(), statistics.figures()),
    })));
  forwarder.start();
  // What the outbox has not read would count as unknown in a report.
  const scanned = outbox.scan().then(
    () => commitments.start(),
    () => alert('outbox-not-read', {}),
  );
  log('info', 'started', { port: acceptor.port, page: page?.port, aeTitle: dimse.aeTitle, archive: base });

  const stop = async (patience = 0) => {
    clearInterval(timer);
    await acceptor.close(patience);
    await forwarder.stop();
    await scanned;
    await commitments.stop();
    reader.close();
    await confirmations.close();
    await page?.close();
    http.close();
    unlock();
    log('info', 'stopped');
  };
  return { port: acceptor.port, pagePort: page?.port, stop };
}
