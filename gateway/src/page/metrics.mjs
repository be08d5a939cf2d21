/**
 * The status in Prometheus' text format.
 * @param {import('./status.mjs').Status} status
 * @param {number} now milliseconds since 1970
 */
export function metricsText(status, now) {
  const { senders } = status;
  /** @type {[name: string, type: string, help: string, values: [labels: string, value: number][]][]} */
  const metrics = [
    whole(
      'gateway_archive_waiting',
      'gauge',
      'Whether the archive did not take what was sent last.',
      Number(status.isWaiting),
    ),
    whole('gateway_associations', 'gauge', 'Associations that are open.', status.associations),
    whole('gateway_associations_rejected_total', 'counter', 'Associations that were rejected.', status.rejected),
    whole('gateway_disk_free_bytes', 'gauge', 'Free space of the disk of the outbox.', status.freeBytes),
    whole('gateway_refused_files', 'gauge', 'Files in the folder of refused instances.', status.refusedFiles),
    whole(
      'gateway_commitments_pending',
      'gauge',
      'Requests for storage commitment that are not reported yet.',
      status.commitments,
    ),
    each('gateway_queue_instances', 'gauge', 'Instances that wait.', ({ queued }) => queued),
    each('gateway_queue_bytes', 'gauge', 'Bytes that wait.', ({ queuedBytes }) => queuedBytes),
    each('gateway_queue_oldest_seconds', 'gauge', 'How long the oldest instance waits.', ({ oldest }) =>
      oldest === undefined ? 0 : Math.max(0, (now - oldest) / 1000),
    ),
    each('gateway_received_total', 'counter', 'Instances that were acknowledged.', ({ received }) => received),
    each('gateway_received_bytes_total', 'counter', 'Bytes of them.', ({ receivedBytes }) => receivedBytes),
    each(
      'gateway_received_again_total',
      'counter',
      'Of the acknowledged instances, those of which the same file waited already: they are forwarded once.',
      ({ receivedAgain }) => receivedAgain,
    ),
    each('gateway_store_failures_total', 'counter', 'C-STORE requests that failed.', ({ failed }) => failed),
    each('gateway_forwarded_total', 'counter', 'Instances that the archive confirmed.', ({ forwarded }) => forwarded),
    each('gateway_forwarded_bytes_total', 'counter', 'Bytes of them.', ({ forwardedBytes }) => forwardedBytes),
    each('gateway_refused_total', 'counter', 'Instances that the archive refused.', ({ refused }) => refused),
    each('gateway_last_error_timestamp_seconds', 'gauge', 'When something failed last; 0: never.', ({ lastError }) =>
      lastError ? lastError.at / 1000 : 0,
    ),
  ];
  const lines = metrics.flatMap(([name, type, help, values]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...values.map(([labels, value]) => `${name}${labels} ${value}`),
  ]);
  return `${lines.join('\n')}\n`;

  /**
   * @param {string} name
   * @param {string} type
   * @param {string} help
   * @param {number} value
   * @returns {[string, string, string, [string, number][]]}
   */
  function whole(name, type, help, value) {
    return [name, type, help, [['', value]]];
  }

  /**
   * @param {string} name
   * @param {string} type
   * @param {string} help
   * @param {(sender: import('./status.mjs').SenderStatus) => number} figureOf
   * @returns {[string, string, string, [string, number][]]}
   */
  function each(name, type, help, figureOf) {
    return [name, type, help, senders.map((sender) => [`{ae="${escaped(sender.aeTitle)}"}`, figureOf(sender)])];
  }
}

/** @param {string} label */
function escaped(label) {
  return label.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
}
