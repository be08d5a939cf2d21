import { CommandField } from '../association/command-set.mjs';
import { openAssociation } from '../association/requestor.mjs';
import { chooseUncompressed, TransferSyntax } from '../dicom/transfer-syntaxes.mjs';
import { modelOf } from '../query/query-classes.mjs';
import { Refused, requestedInstances } from './retrieve-request.mjs';
import { sendInstances } from './send-instances.mjs';
import { RetrieveStatus, SubOperations } from './sub-operations.mjs';

/** PS3.8 9.3.2: presentation contexts of one association. */
const MOST_CONTEXTS = 128;

/**
 * @typedef {object} Peer where an application entity listens
 * @property {string} host
 * @property {number} port
 * @property {import('node:tls').ConnectionOptions} [tls]
 *
 * @typedef {object} Sending
 * @property {string} aeTitle of the gateway
 * @property {(aeTitle: string) => Peer | undefined} peerOf the destinations
 * @property {(aeTitle: string, reason: string) => void} [onUnreached] told why there is no association with a destination
 * @property {Partial<import('../association/exchange.mjs').Timeouts>} [timeouts]
 *
 * @typedef {import('./retrieve-request.mjs').RetrieveParts & Sending} MoveParts
 *
 * @typedef {object} Group instances whose presentation contexts fit one association
 * @property {import('../association/requestor.mjs').RequestedContext[]} contexts
 * @property {import('./instances.mjs').Instance[]} instances
 */

/**
 * C-MOVE: PS3.4 C.4.2.
 * @param {MoveParts} parts
 * @returns {import('../association/negotiate.mjs').Service}
 */
export function moveService(parts) {
  return {
    provides: (uid) => modelOf(uid, 'move') !== undefined,
    chooseTransferSyntax: chooseUncompressed,
    handlers: {
      [CommandField.C_MOVE_RQ]: async (request) => {
        try {
          return await move(request, parts);
        } catch (error) {
          if (error instanceof Refused) return error.response;
          throw error;
        }
      },
    },
  };
}

/**
 * @param {import('../association/exchange.mjs').Request} request
 * @param {MoveParts} parts
 */
async function move(request, parts) {
  const { archive, peerOf } = parts;
  const { association, command, signal } = request;
  const destination = String(command.MoveDestination ?? '').trim();
  const peer = peerOf(destination);
  if (!peer) throw new Refused(RetrieveStatus.DestinationUnknown, 'the move destination is not known');
  const instances = await requestedInstances(request, 'move', parts);
  const operations = new SubOperations(request, instances.length);
  const originator = {
    MoveOriginatorApplicationEntityTitle: association.callingAETitle,
    MoveOriginatorMessageID: Number(command.MessageID),
  };
  for (const { contexts, instances: some } of groups(instances)) {
    for (let rest = some; rest.length > 0 && !signal.aborted; ) {
      const link = await connect(parts, peer, destination, contexts);
      if (!link) {
        for (const { sopInstanceUID } of rest) await operations.done(sopInstanceUID, 'failed');
        break;
      }
      const done = await sendInstances({ archive, association: link, instances: rest, operations, signal, originator });
      rest = rest.slice(done);
      await link.release();
    }
  }
  return operations.result();
}

/**
 * @param {MoveParts} parts
 * @param {Peer} peer
 * @param {string} calledAETitle
 * @param {import('../association/requestor.mjs').RequestedContext[]} contexts
 * @returns {Promise<import('../association/association.mjs').Association | undefined>}
 */
async function connect({ aeTitle, timeouts, onUnreached }, peer, calledAETitle, contexts) {
  try {
    return await openAssociation({
      ...peer,
      callingAETitle: aeTitle,
      calledAETitle,
      contexts,
      ...(timeouts ? { timeouts } : {}),
    });
  } catch (error) {
    onUnreached?.(calledAETitle, error instanceof Error ? error.message : 'error');
    return undefined;
  }
}

/**
 * For each SOP class a context for each transfer syntax in which the archive has instances, and for those into which it
 * converts them, so that the destination says of each whether it takes it.
 * @param {readonly import('./instances.mjs').Instance[]} instances
 * @returns {Group[]}
 */
export function groups(instances) {
  const { ExplicitVRLittleEndian, ImplicitVRLittleEndian } = TransferSyntax;
  /** @type {Group[]} */
  const all = [];
  /** @type {Map<string, import('./instances.mjs').Instance[]>} */
  const byClass = new Map();
  for (const instance of instances) {
    const ofClass = byClass.get(instance.sopClassUID) ?? [];
    byClass.set(instance.sopClassUID, ofClass);
    ofClass.push(instance);
  }
  for (const [abstractSyntax, ofClass] of byClass) {
    const stored = ofClass.flatMap(({ transferSyntaxUID }) => transferSyntaxUID ?? []);
    const syntaxes = [...new Set([...stored, ExplicitVRLittleEndian, ImplicitVRLittleEndian])].slice(-MOST_CONTEXTS);
    const contexts = syntaxes.map((syntax) => ({ abstractSyntax, transferSyntaxes: [syntax] }));
    const last = all.at(-1);
    if (last && last.contexts.length + contexts.length <= MOST_CONTEXTS) {
      last.contexts.push(...contexts);
      last.instances = last.instances.concat(ofClass);
    } else all.push({ contexts, instances: ofClass });
  }
  return all;
}
