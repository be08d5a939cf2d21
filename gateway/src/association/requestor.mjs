import { connect as connectTCP, isIP } from 'node:net';
import { connect as connectTLS } from 'node:tls';
import { DEFAULT_TIMEOUTS } from './acceptor.mjs';
import { associateRequestPDU, ContextResult, readAssociateAccept, readRejection } from './associate-pdu.mjs';
import { Association } from './association.mjs';
import { ByteSource } from './byte-source.mjs';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from './implementation.mjs';
import { handlersOf } from './negotiate.mjs';
import { abortPDU, PDU_HEADER_BYTES, PDUType } from './pdu.mjs';
import { AbortReason, AssociationEnded, AssociationRejected, ProtocolError, TimedOut } from './protocol-error.mjs';

const LONGEST_ASSOCIATE_BYTES = 1024 * 1024;

/**
 * @typedef {object} RequestedContext
 * @property {string} abstractSyntax
 * @property {readonly string[]} transferSyntaxes
 * @property {{ scu: boolean, scp: boolean }} [role] the roles that the gateway proposes for itself (PS3.7 D.3.3.4)
 *
 * @typedef {object} Destination
 * @property {string} host
 * @property {number} port
 * @property {string} callingAETitle
 * @property {string} calledAETitle
 * @property {import('node:tls').ConnectionOptions} [tls]
 * @property {readonly RequestedContext[]} contexts at most 128; the IDs are given in their order
 * @property {readonly import('./negotiate.mjs').Service[]} [services] for requests of the acceptor
 * @property {number} [maximumLength] of a P-DATA-TF, announced to the peer; 0: any
 * @property {Partial<import('./exchange.mjs').Timeouts>} [timeouts] idle: for the responses to the gateway's requests
 */

/**
 * Opens an association.
 * @param {Destination} destination
 * @returns {Promise<Association>} established, with the contexts that the peer accepted
 * @throws {AssociationRejected | AssociationEnded | ProtocolError}
 */
export async function openAssociation(destination) {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...destination.timeouts };
  const socket = await connect(destination, timeouts.artim);
  const source = new ByteSource(socket);
  try {
    const contexts = destination.contexts.map(({ abstractSyntax, transferSyntaxes }, index) => ({
      id: 2 * index + 1,
      abstractSyntax,
      transferSyntaxes: [...transferSyntaxes],
    }));
    socket.write(associateRequestPDU({ ...common(destination), contexts }));
    const accept = await answer(source, timeouts.artim);
    const accepted = accept.contexts.flatMap(({ id, result, transferSyntax }) => {
      const proposed = contexts.find((context) => context.id === id);
      if (result !== ContextResult.Accepted || !proposed) return [];
      return [{ id, abstractSyntax: proposed.abstractSyntax, transferSyntax }];
    });
    return new Association({
      socket,
      source,
      callingAETitle: destination.callingAETitle,
      calledAETitle: destination.calledAETitle,
      peerMaximumLength: accept.maximumLength,
      contexts: accepted,
      handlerOf: handlersOf(destination.services ?? []),
      timeouts,
    });
  } catch (error) {
    if (error instanceof ProtocolError && socket.writable) socket.write(abortPDU(2, error.reason));
    socket.destroy();
    throw error;
  }
}

/**
 * @param {Destination} destination
 * @returns {import('./associate-pdu.mjs').Associate}
 */
function common({ callingAETitle, calledAETitle, contexts, maximumLength = 128 * 1024 }) {
  const roles = new Map(
    contexts.flatMap(({ abstractSyntax, role }) =>
      role ? [[abstractSyntax, { sopClassUID: abstractSyntax, ...role }]] : [],
    ),
  );
  return {
    calledAETitle,
    callingAETitle,
    maximumLength,
    implementationClassUID: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
    roles: [...roles.values()],
  };
}

/**
 * @param {Destination} destination
 * @param {number} milliseconds
 * @returns {Promise<import('node:net').Socket>}
 */
function connect({ host, port, tls }, milliseconds) {
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTLS({ host, port, ...(isIP(host) ? {} : { servername: host }), minVersion: 'TLSv1.2', ...tls })
      : connectTCP({ host, port });
    const timer = setTimeout(() => socket.destroy(new TimedOut('the peer does not answer')), milliseconds);
    const onError = (/** @type {Error & { code?: string }} */ error) => {
      clearTimeout(timer);
      reject(
        error instanceof AssociationEnded ? error : new AssociationEnded(`no connection: ${error.code ?? 'error'}`),
      );
    };
    socket.once('error', onError);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      socket.on('error', () => {});
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 60_000);
      resolve(socket);
    });
  });
}

/**
 * @param {ByteSource} source
 * @param {number} artim
 */
async function answer(source, artim) {
  const head = await source.exactly(PDU_HEADER_BYTES, artim);
  const type = head.readUInt8(0);
  const length = head.readUInt32BE(2);
  if (length > LONGEST_ASSOCIATE_BYTES) throw new ProtocolError('the answer to A-ASSOCIATE-RQ is too long');
  const body = await source.exactly(length, artim);
  if (type === PDUType.AssociateAC) return readAssociateAccept(body);
  if (type === PDUType.AssociateRJ) throw new AssociationRejected(readRejection(body));
  if (type === PDUType.Abort) throw new AssociationEnded('the peer aborted the association');
  throw new ProtocolError('no answer to A-ASSOCIATE-RQ', AbortReason.UnexpectedPDU);
}
