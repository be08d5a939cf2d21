/**
 * @typedef {object} SenderStatus
 * @property {string} aeTitle
 * @property {number} queued
 * @property {number} queuedBytes
 * @property {number | undefined} oldest milliseconds since 1970
 * @property {number} received
 * @property {number} receivedBytes
 * @property {number} receivedAgain of the received ones, while the same file waited already
 * @property {number} rate instances received a second, in the last minute
 * @property {number} failed
 * @property {number} forwarded
 * @property {number} forwardedBytes
 * @property {number} refused
 * @property {{ at: number, text: string } | undefined} lastError
 *
 * @typedef {object} Status
 * @property {string} aeTitle of the gateway
 * @property {boolean} isWaiting the archive did not accept the last request
 * @property {number} associations
 * @property {number} rejected associations since the start
 * @property {number} freeBytes of the disk of the outbox
 * @property {number} refusedFiles in the folder of refused instances
 * @property {number} commitments requests for storage commitment that are not reported yet
 * @property {SenderStatus[]} senders
 */

const NONE = {
  received: 0,
  receivedBytes: 0,
  receivedAgain: 0,
  rate: 0,
  failed: 0,
  forwarded: 0,
  forwardedBytes: 0,
  refused: 0,
  lastError: undefined,
};

/**
 * @param {ReturnType<import('../outbox/outbox.mjs').Outbox['queues']>} queues
 * @param {ReturnType<import('../sender-statistics.mjs').SenderStatistics['figures']>} figures
 * @returns {SenderStatus[]}
 */
export function senderStatus(queues, figures) {
  const titles = [...new Set([...queues.keys(), ...figures.keys()])].sort();
  return titles.map((aeTitle) => {
    const queue = queues.get(aeTitle);
    return {
      aeTitle,
      queued: queue?.instances ?? 0,
      queuedBytes: queue?.bytes ?? 0,
      oldest: queue?.oldest,
      ...(figures.get(aeTitle) ?? NONE),
    };
  });
}
