import { CommandField } from '../src/association/command-set.mjs';
import { openAssociation } from '../src/association/requestor.mjs';

/**
 * @typedef {Omit<import('./instances.mjs').Instance, 'studyInstanceUID'>} Sent
 * @typedef {{ host?: string, port: number, callingAETitle: string, calledAETitle?: string } &
 *   Partial<import('../src/association/requestor.mjs').Destination>} To
 */

/**
 * Opens an association to store these instances.
 * @param {To} to
 * @param {readonly Sent[]} instances
 */
export function openToStore(to, instances) {
  const pairs = new Map(
    instances.map(({ sopClassUID, transferSyntaxUID }) => [
      `${sopClassUID} ${transferSyntaxUID}`,
      { abstractSyntax: sopClassUID, transferSyntaxes: [transferSyntaxUID] },
    ]),
  );
  return openAssociation({ host: '127.0.0.1', calledAETitle: 'GATEWAY', contexts: [...pairs.values()], ...to });
}

/**
 * Sends a C-STORE.
 * @param {import('../src/association/association.mjs').Association} association
 * @param {Sent} instance
 * @returns {Promise<number>} the status
 */
export async function storeOn(association, { sopClassUID, sopInstanceUID, transferSyntaxUID, data }) {
  const context = association.contextFor(sopClassUID, transferSyntaxUID);
  if (!context) throw new Error('the presentation context was not accepted');
  const { command } = await association.request(
    context,
    {
      CommandField: CommandField.C_STORE_RQ,
      AffectedSOPClassUID: sopClassUID,
      AffectedSOPInstanceUID: sopInstanceUID,
      Priority: 0,
    },
    data,
  );
  return Number(command.Status);
}

/**
 * Sends instances on one association.
 * @param {To} to
 * @param {readonly Sent[]} instances
 * @returns {Promise<number[]>} the statuses
 */
export async function storeAll(to, instances) {
  const association = await openToStore(to, instances);
  const statuses = [];
  for (const instance of instances) statuses.push(await storeOn(association, instance));
  await association.release();
  return statuses;
}
