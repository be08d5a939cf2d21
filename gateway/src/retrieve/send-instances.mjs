import { CommandField, Status } from '../association/command-set.mjs';
import { openInstance } from './opened-instance.mjs';

/**
 * @typedef {object} Sending
 * @property {import('../archive/archive.mjs').Archive} archive
 * @property {import('../association/association.mjs').Association} association on which the instances are sent
 * @property {readonly import('./instances.mjs').Instance[]} instances
 * @property {import('./sub-operations.mjs').SubOperations} operations
 * @property {AbortSignal} signal when it is aborted, the instance that is being sent is the last one
 * @property {Partial<import('../association/command-set.mjs').Command>} [originator] of a C-MOVE: PS3.7 9.3.1.1
 */

/**
 * Sends instances by C-STORE, as streams from the archive. The next instance is opened while one is being sent.
 * @param {Sending} sending
 * @returns {Promise<number>} the number of instances that were handled: not all of them when the association ended or
 * `signal` was aborted
 */
export async function sendInstances({ archive, association, instances, operations, signal, originator }) {
  // Not the signal of the request: an instance that is cut short would end the association.
  const reading = new AbortController();
  const open = (/** @type {import('./instances.mjs').Instance | undefined} */ instance) =>
    instance && opened(archive, association, instance, reading.signal);
  let ahead = open(instances[0]);
  try {
    for (const [index, instance] of instances.entries()) {
      if (signal.aborted) return index;
      const current = await ahead;
      ahead = signal.aborted ? undefined : open(instances[index + 1]);
      const outcome = current ? await store(association, instance, current, originator) : 'failed';
      current?.close();
      await operations.done(instance.sopInstanceUID, outcome === 'ended' ? 'failed' : outcome);
      if (outcome === 'ended') return index + 1;
    }
    return instances.length;
  } finally {
    reading.abort();
    ahead?.then((left) => left?.close());
  }
}

/**
 * @param {import('../archive/archive.mjs').Archive} archive
 * @param {import('../association/association.mjs').Association} association
 * @param {import('./instances.mjs').Instance} instance
 * @param {AbortSignal} signal
 * @returns {Promise<import('./opened-instance.mjs').OpenedInstance | undefined>} undefined, if it cannot be sent
 */
async function opened(archive, association, instance, signal) {
  const contexts = [...association.contexts.values()].filter(
    ({ abstractSyntax }) => abstractSyntax === instance.sopClassUID,
  );
  if (contexts.length === 0) return undefined;
  return await openInstance(archive, instance, contexts, signal).catch(() => undefined);
}

/**
 * @param {import('../association/association.mjs').Association} association
 * @param {import('./instances.mjs').Instance} instance
 * @param {import('./opened-instance.mjs').OpenedInstance} opened
 * @param {Sending['originator']} originator
 * @returns {Promise<import('./sub-operations.mjs').Outcome | 'ended'>}
 */
async function store(association, { sopClassUID, sopInstanceUID }, { context, dataSet }, originator) {
  const command = {
    CommandField: CommandField.C_STORE_RQ,
    AffectedSOPClassUID: sopClassUID,
    AffectedSOPInstanceUID: sopInstanceUID,
    Priority: 0,
    ...originator,
  };
  try {
    const { command: response } = await association.request(context, command, dataSet);
    const status = Number(response.Status);
    if (status === Status.Success) return 'completed';
    // PS3.4 table B.2-1: Bxxx are warnings, the instance is stored.
    return status >>> 12 === 0xb ? 'warning' : 'failed';
  } catch {
    // The association ended, or the archive did not send the rest, and the message cannot be completed.
    return 'ended';
  }
}
