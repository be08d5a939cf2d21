import { admission, queryPermission } from './admission.mjs';
import { alerts } from './alert.mjs';
import { Archive } from './archive/archive.mjs';
import { listen } from './association/acceptor.mjs';
import { commitmentService } from './commitment/commitment-service.mjs';
import { CommitmentWork } from './commitment/commitment-work.mjs';
import { PendingCommitments } from './commitment/pending-commitments.mjs';
import { compressOnce } from './compress/compress-once.mjs';
import { associationEvents, commitmentEvents, diskEvents, forwardingEvents, storageEvents } from './events.mjs';
import { Bandwidth } from './forward/bandwidth.mjs';
import { keyCredentials, tokenCredentials } from './forward/credentials.mjs';
import { Forwarder } from './forward/forwarder.mjs';
import { HTTPClient } from './forward/http-client.mjs';
import { ResumableUploads } from './forward/resumable-upload.mjs';
import { storedBefore } from './forward/stored-before.mjs';
import { ConfirmationJournal } from './outbox/confirmation-journal.mjs';
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
 * @typedef {import('./config/config.mjs').Config} Config
 * @typedef {import('./events.mjs').Told} Told
 * @typedef {Awaited<ReturnType<typeof openDisk>>} Disk
 * @typedef {ReturnType<typeof connect>} Remote
 *
 * @typedef {object} Gateway
 * @property {number} port of DIMSE
 * @property {number | undefined} pagePort
 * @property {(patience?: number) => Promise<void>} stop with the milliseconds to wait for associations to end
 */

/**
 * Starts the gateway.
 * @param {Config} config
 * @param {import('./log.mjs').Log} log
 * @returns {Promise<Gateway>} when it accepts associations
 */
export async function startGateway(config, log) {
  const { dimse } = config;
  const disk = await openDisk(config);
  const remote = connect(config, disk.outbox);
  const statistics = new SenderStatistics();
  const alert = alerts(config.alert.webhook, new HTTPClient({ timeout: config.archive.timeout }), log);
  const told = { log, statistics, alert };
  disk.space.onFull = diskEvents(told, disk.space);
  await disk.space.measure();

  const forwarder = forwarderOf(config, disk, remote, told);
  const commitments = commitmentsOf(config, disk, remote, told);
  const acceptor = await listen({
    port: dimse.port,
    ...(dimse.host === undefined ? {} : { host: dimse.host }),
    ...(dimse.tls ? { tls: dimse.tls } : {}),
    services: servicesOf(config, disk, remote, commitments, told),
    admit: admission({ aeTitle: dimse.aeTitle, senders: config.senders }, disk.space),
    maximumLength: dimse.maximumLength,
    mostAssociations: dimse.mostAssociations,
    timeouts: dimse.timeouts,
    ...associationEvents(told),
  });

  const timer = setInterval(() => {
    disk.space.measure().catch(() => log('error', 'disk-not-measured'));
  }, MEASURE_EVERY);
  const status = async () => ({
    aeTitle: dimse.aeTitle,
    isWaiting: forwarder.isWaiting,
    associations: acceptor.associations.size,
    commitments: disk.pending.size,
    ...(await storeStatus(disk, statistics)),
  });
  const page = config.page && (await servePage(config.page, status));
  forwarder.start();
  // A report would call instances unknown that the outbox has not read yet.
  const scanned = disk.outbox.scan().then(
    () => commitments.start(),
    () => alert('outbox-not-read', {}),
  );
  log('info', 'started', { port: acceptor.port, page: page?.port, aeTitle: dimse.aeTitle, archive: remote.base });

  const stop = async (patience = 0) => {
    clearInterval(timer);
    await acceptor.close(patience);
    await forwarder.stop();
    await scanned;
    await commitments.stop();
    remote.reader.close();
    await disk.confirmations.close();
    await page?.close();
    remote.http.close();
    disk.unlock();
    log('info', 'stopped');
  };
  return { port: acceptor.port, pagePort: page?.port, stop };
}

/**
 * What the page shows of the senders and of the disk.
 * @param {Disk} disk
 * @param {SenderStatistics} statistics
 */
async function storeStatus(disk, statistics) {
  return {
    rejected: statistics.rejected,
    freeBytes: disk.space.free,
    refusedFiles: await disk.refused.count(),
    senders: senderStatus(disk.outbox.queues(), statistics.figures()),
  };
}

/**
 * What the gateway keeps on its disk.
 * @param {Config} config
 */
async function openDisk({ data, outbox: { journalDays, leastFreeBytes } }) {
  await makeFolder(data);
  const unlock = await lockFolder(data);
  const outbox = new Outbox(data);
  await outbox.open();
  const confirmations = new ConfirmationJournal(data, journalDays);
  await confirmations.open();
  const refused = new RefusedInstances(data, outbox);
  const pending = new PendingCommitments(data);
  await pending.open();
  const space = new DiskSpace(data, leastFreeBytes);
  return { outbox, confirmations, refused, pending, space, unlock };
}

/**
 * The ways to the archive: `http` and `uploads` store, `reader` reads.
 * @param {Config} config
 * @param {Outbox} outbox
 */
function connect({ archive, forward }, outbox) {
  const { ca, proxy, timeout, url: base } = archive;
  const http = new HTTPClient({ ca, proxy, timeout });
  const credentials = archive.oauth ? tokenCredentials(archive.oauth, http) : keyCredentials(archive.key);
  const bandwidth = new Bandwidth(forward.bytesPerSecond, forward.windows);
  const pathOf = (/** @type {import('./outbox/entry-name.mjs').Entry} */ entry) => outbox.path(entry);
  const uploads = new ResumableUploads({ http, credentials, bandwidth, base, requestBytes: forward.bytes, pathOf });
  const reader = new Archive({ base, credentials, ca, proxy, timeout });
  return { base, http, credentials, bandwidth, uploads, reader };
}

/** @param {Config} config @param {Disk} disk @param {Remote} remote @param {Told} told */
function forwarderOf({ data, forward }, { outbox, confirmations, refused, space }, { reader, ...remote }, told) {
  const { bytes, instances, lanes, settle, backOff } = forward;
  return new Forwarder({
    ...remote,
    outbox,
    confirmations,
    refused,
    storedBefore: (entry, signal) => storedBefore(entry, outbox.path(entry), reader, signal),
    prepare: forward.compress ? compressOnce(outbox) : async () => {},
    limits: { bytes, instances },
    lanes,
    settle,
    backOff,
    observer: forwardingEvents(told, data, space),
  });
}

/** @param {Config} config @param {Disk} disk @param {Remote} remote @param {Told} told */
function commitmentsOf({ peers, commitment }, { pending, outbox, confirmations }, { reader }, told) {
  return new CommitmentWork({
    pending,
    archive: reader,
    outbox,
    confirmations,
    peerOf: (aeTitle) => peers.get(aeTitle),
    days: commitment.days,
    lookMs: commitment.retryMs,
    onEvent: commitmentEvents(told),
  });
}

/**
 * What the gateway offers to its peers.
 * @param {Config} config @param {Disk} disk @param {Remote} remote @param {CommitmentWork} work @param {Told} told
 */
function servicesOf(config, { outbox, space, pending }, { reader }, work, told) {
  const { dimse, peers, query } = config;
  const queries = {
    archive: reader,
    aeTitle: dimse.aeTitle,
    peerOf: (/** @type {string} */ aeTitle) => peers.get(aeTitle),
    mayQuery: queryPermission(config),
    mostMatches: query.mostMatches,
    onUnreached: (/** @type {string} */ aeTitle, /** @type {string} */ reason) =>
      told.log('warning', 'destination-not-reached', { aeTitle, reason }),
  };
  return [
    verification,
    storageService({ outbox, space, privateClasses: dimse.privateClasses, onStored: storageEvents(told) }),
    commitmentService({ pending, work }),
    findService(queries),
    moveService(queries),
    getService(queries),
  ];
}
