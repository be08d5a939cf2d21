/**
 * @typedef {import('./status.mjs').Status} Status
 * @typedef {import('./status.mjs').SenderStatus} SenderStatus
 * @typedef {'gauge' | 'counter'} Type
 */

/**
 * Figures of the whole gateway.
 * @type {readonly [name: string, type: Type, help: string, figureOf: (status: Status) => number][]}
 */
const OF_GATEWAY = [
  [
    'archive_waiting',
    'gauge',
    'Whether the archive did not take what was sent last.',
    ({ isWaiting }) => Number(isWaiting),
  ],
  ['associations', 'gauge', 'Associations that are open.', ({ associations }) => associations],
  ['associations_rejected_total', 'counter', 'Associations that were rejected.', ({ rejected }) => rejected],
  ['disk_free_bytes', 'gauge', 'Free space of the disk of the outbox.', ({ freeBytes }) => freeBytes],
  ['refused_files', 'gauge', 'Files in the folder of refused instances.', ({ refusedFiles }) => refusedFiles],
  [
    'commitments_pending',
    'gauge',
    'Requests for storage commitment that are not reported yet.',
    ({ commitments }) => commitments,
  ],
];

/**
 * Figures of each sender. The time is milliseconds since 1970.
 * @type {readonly [name: string, type: Type, help: string, figureOf: (sender: SenderStatus, now: number) => number][]}
 */
const OF_SENDER = [
  ['queue_instances', 'gauge', 'Instances that wait.', ({ queued }) => queued],
  ['queue_bytes', 'gauge', 'Bytes that wait.', ({ queuedBytes }) => queuedBytes],
  [
    'queue_oldest_seconds',
    'gauge',
    'How long the oldest instance waits.',
    ({ oldest }, now) => (oldest === undefined ? 0 : Math.max(0, (now - oldest) / 1000)),
  ],
  ['received_total', 'counter', 'Instances that were acknowledged.', ({ received }) => received],
  ['received_bytes_total', 'counter', 'Bytes of them.', ({ receivedBytes }) => receivedBytes],
  [
    'received_again_total',
    'counter',
    'Of the acknowledged instances, those of which the same file waited already: they are forwarded once.',
    ({ receivedAgain }) => receivedAgain,
  ],
  ['store_failures_total', 'counter', 'C-STORE requests that failed.', ({ failed }) => failed],
  ['forwarded_total', 'counter', 'Instances that the archive confirmed.', ({ forwarded }) => forwarded],
  ['forwarded_bytes_total', 'counter', 'Bytes of them.', ({ forwardedBytes }) => forwardedBytes],
  ['refused_total', 'counter', 'Instances that the archive refused.', ({ refused }) => refused],
  [
    'last_error_timestamp_seconds',
    'gauge',
    'When something failed last; 0: never.',
    ({ lastError }) => (lastError ? lastError.at / 1000 : 0),
  ],
];

/**
 * The status in Prometheus' text format.
 * @param {Status} status
 * @param {number} now milliseconds since 1970
 */
export function metricsText(status, now) {
  return [
    ...OF_GATEWAY.map(([name, type, help, figureOf]) => metric(name, type, help, [['', figureOf(status)]])),
    ...OF_SENDER.map(([name, type, help, figureOf]) =>
      metric(
        name,
        type,
        help,
        status.senders.map((sender) => [`{ae="${escaped(sender.aeTitle)}"}`, figureOf(sender, now)]),
      ),
    ),
  ].join('');
}

/**
 * @param {string} name
 * @param {Type} type
 * @param {string} help
 * @param {readonly [labels: string, value: number][]} values
 */
function metric(name, type, help, values) {
  const lines = [
    `# HELP gateway_${name} ${help}`,
    `# TYPE gateway_${name} ${type}`,
    ...values.map(([labels, value]) => `gateway_${name}${labels} ${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** @param {string} label */
function escaped(label) {
  return label.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
}
