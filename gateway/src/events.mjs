import { relative } from 'node:path';
import { monotonic } from './monotonic.mjs';

/*
 * What happens in the gateway, for the log, the figures of senders and the alerts.
 */

/**
 * @typedef {object} Told
 * @property {import('./log.mjs').Log} log
 * @property {import('./sender-statistics.mjs').SenderStatistics} statistics
 * @property {ReturnType<typeof import('./alert.mjs').alerts>} alert
 */

/**
 * Logs, counts and alerts what happens to entries of the outbox.
 * @param {Told} told
 * @param {string} data the folder of the gateway, to which named files are relative
 * @param {import('./outbox/disk-space.mjs').DiskSpace} space
 * @returns {import('./forward/confirm-or-refuse.mjs').Observer}
 */
export function forwardingEvents({ log, statistics, alert }, data, space) {
  return {
    onForwarded: ({ aeTitle, bytes }) => statistics.forwarded(aeTitle, bytes),
    onRefused: ({ aeTitle }, { reason, failureReason, status }, path) => {
      statistics.refused(aeTitle);
      statistics.error(aeTitle, `${reason} ${failureReason ?? ''}`.trim());
      alert('instance-refused', { aeTitle, reason, failureReason, status, file: relative(data, path) });
    },
    onTrouble: (entries, { kind, reason }) => {
      const titles = new Set(entries.map(({ aeTitle }) => aeTitle));
      for (const aeTitle of titles) statistics.error(aeTitle, reason);
      if (kind === 'disk-full') space.full();
      else if (kind === 'configuration') alert('archive-refuses-the-gateway', { reason });
      else log('warning', 'not-forwarded', { reason, instances: entries.length });
    },
    onLost: ({ aeTitle }) => alert('file-lost', { aeTitle, reason: 'a file of the outbox is missing' }),
  };
}

/**
 * Alerts when the disk is full.
 * @param {Told} told
 * @param {import('./outbox/disk-space.mjs').DiskSpace} space
 */
export function diskEvents({ alert }, space) {
  return () => alert('disk-full', { reason: 'the disk of the gateway is full or nearly full', freeBytes: space.free });
}

/**
 * Logs and counts C-STORE requests.
 * @param {Told} told
 * @returns {Parameters<typeof import('./services/storage.mjs').storageService>[0]['onStored']}
 */
export function storageEvents({ log, statistics }) {
  return ({ aeTitle, status, bytes, isAgain }) => {
    if (bytes > 0) statistics.received(aeTitle, bytes, isAgain);
    else {
      statistics.failed(aeTitle, status);
      log('warning', 'store-failed', { aeTitle, status: status.toString(16).toUpperCase().padStart(4, '0') });
    }
  };
}

/**
 * Logs and counts associations.
 * @param {Told} told
 * @returns {Required<Pick<Parameters<typeof import('./association/acceptor.mjs').listen>[0], 'onAssociation' | 'onRefused'>>}
 */
export function associationEvents({ log, statistics }) {
  return {
    onAssociation: ({ callingAETitle: aeTitle, remoteAddress, ended }) => {
      const begun = monotonic();
      ended.then((error) => {
        const reason = error?.message ?? 'released';
        if (error) statistics.error(aeTitle, reason);
        const milliseconds = Math.round(monotonic() - begun);
        log(error ? 'warning' : 'info', 'association-ended', { aeTitle, remoteAddress, reason, milliseconds });
      });
    },
    onRefused: ({ remoteAddress, callingAETitle: aeTitle, reason }) => {
      statistics.rejected += 1;
      log('warning', 'association-refused', { remoteAddress, aeTitle, reason });
    },
  };
}

/**
 * Logs storage commitment.
 * @param {Told} told
 * @returns {(event: string, fields: Record<string, string | number | boolean>) => void}
 */
export function commitmentEvents({ log }) {
  return (event, fields) => log(event === 'commitment-reported' ? 'info' : 'warning', event, fields);
}
