import { createServer } from 'node:net';
import { createServer as createTLSServer } from 'node:tls';
import { monotonic } from '../monotonic.mjs';
import { APPLICATION_CONTEXT, associateAcceptPDU, Reject, readAssociateRequest, rejectPDU } from './associate-pdu.mjs';
import { Association } from './association.mjs';
import { ByteSource } from './byte-source.mjs';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from './implementation.mjs';
import { handlersOf, negotiate } from './negotiate.mjs';
import { abortPDU, PDU_HEADER_BYTES, PDUType } from './pdu.mjs';
import { AbortReason, ProtocolError, TimedOut } from './protocol-error.mjs';

/** 128 contexts with 60 transfer syntaxes each take 560 KB. */
const LONGEST_ASSOCIATE_BYTES = 1024 * 1024;

/** @type {import('./exchange.mjs').Timeouts} */
export const DEFAULT_TIMEOUTS = { artim: 30_000, message: 60_000, idle: 600_000 };

/**
 * @typedef {object} Acceptance
 * @property {string} [host] address to listen on; all, if it is not given
 * @property {number} port 0: any free one
 * @property {import('node:tls').TlsOptions} [tls]
 * @property {readonly import('./negotiate.mjs').Service[]} services
 * @property {(request: import('./associate-pdu.mjs').AssociateRequest, remoteAddress: string) =>
 *   import('./associate-pdu.mjs').Rejection | undefined} [admit] says why an association is rejected; undefined: accepted
 * @property {number} [maximumLength] of a P-DATA-TF, announced to the peer; 0: any
 * @property {number} [mostAssociations] at the same time; further ones are rejected as transient
 * @property {Partial<import('./exchange.mjs').Timeouts>} [timeouts]
 * @property {(association: Association) => void} [onAssociation] called when it is established
 * @property {(event: { remoteAddress: string, callingAETitle?: string, reason: string }) => void} [onRefused] called
 *   for a connection that becomes no association
 *
 * @typedef {object} Acceptor
 * @property {number} port
 * @property {ReadonlySet<Association>} associations that are established
 * @property {(patience?: number) => Promise<void>} close accepts no more connections, waits `patience` milliseconds for
 *   the associations to end, aborts those that remain, and waits until they have ended
 */

/**
 * Accepts associations.
 * @param {Acceptance} acceptance
 * @returns {Promise<Acceptor>} when it listens
 */
export async function listen(acceptance) {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...acceptance.timeouts };
  const connections = new Connections(acceptance, timeouts);
  const { tls } = acceptance;
  const server = tls
    ? createTLSServer({ handshakeTimeout: timeouts.artim, minVersion: 'TLSv1.2', ...tls, allowHalfOpen: true })
    : createServer({ allowHalfOpen: true });
  server.on('connection', (socket) => connections.track(socket));
  server.on(tls ? 'secureConnection' : 'connection', (socket) => connections.connected(socket));
  server.on('tlsClientError', (error, socket) => {
    acceptance.onRefused?.(tlsFailure(error, socket));
    socket.destroy();
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(acceptance.port, acceptance.host, () => {
      server.off('error', reject);
      resolve(undefined);
    });
  });
  // For example, no file descriptor is free. This connection is lost, and the server continues.
  server.on('error', () => {});
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = async (patience = 0) => {
    const closed = new Promise((resolve) => server.close(resolve));
    await connections.close(patience);
    await closed;
  };
  return { port, associations: connections.associations, close };
}

/**
 * Who failed at TLS, and why. Node closes a connection whose certificate it does not accept, and then tells of a connection
 * that was reset; the fault of the certificate, and the address, have to be taken from where they are kept.
 * @param {any} error
 * @param {any} socket of TLS; `_parent` is the connection below, which remembers its address
 */
function tlsFailure(error, socket) {
  const remoteAddress = socket.remoteAddress ?? socket._parent?.remoteAddress ?? '';
  return { remoteAddress, reason: `TLS failed: ${socket.authorizationError ?? error.code ?? 'error'}` };
}

/** The connections of a server, and the associations that they become. */
class Connections {
  /** @type {Set<Association>} */
  associations = new Set();
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set();
  /** @type {Set<Promise<unknown>>} */
  #ends = new Set();
  #acceptance;
  #timeouts;
  #mostAssociations;

  /**
   * @param {Acceptance} acceptance
   * @param {import('./exchange.mjs').Timeouts} timeouts
   */
  constructor(acceptance, timeouts) {
    this.#acceptance = acceptance;
    this.#timeouts = timeouts;
    this.#mostAssociations = acceptance.mostAssociations ?? 100;
  }

  /** @param {import('node:net').Socket} socket before TLS */
  track(socket) {
    this.#sockets.add(socket);
    // A socket whose address was read before it was closed remembers it.
    void socket.remoteAddress;
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    // The limit also counts connections before and after their association.
    if (this.#sockets.size > 2 * this.#mostAssociations + 16) socket.destroy();
  }

  /** @param {import('node:net').Socket} socket */
  connected(socket) {
    const end = this.#associate(socket)
      .catch(() => socket.destroy())
      .finally(() => this.#ends.delete(end));
    this.#ends.add(end);
  }

  /** @param {import('node:net').Socket} socket */
  async #associate(socket) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    const remoteAddress = socket.remoteAddress ?? '';
    const hasRoom = () => this.associations.size < this.#mostAssociations;
    const association = await establish(socket, this.#acceptance, this.#timeouts, hasRoom);
    if ('reason' in association) {
      this.#acceptance.onRefused?.({ remoteAddress, ...association });
      return;
    }
    this.associations.add(association);
    this.#acceptance.onAssociation?.(association);
    await association.ended;
    this.associations.delete(association);
  }

  /** @param {number} patience milliseconds to wait for associations to end, before they are aborted */
  async close(patience) {
    if (patience > 0) await within(Promise.all([...this.associations].map(({ ended }) => ended)), patience);
    for (const association of this.associations) association.abort();
    await within(Promise.all(this.#ends), 2000);
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#ends);
  }
}

/**
 * @param {Promise<unknown>} done
 * @param {number} milliseconds
 */
async function within(done, milliseconds) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}

/**
 * Reads the A-ASSOCIATE-RQ and answers it.
 * @param {import('node:net').Socket} socket
 * @param {Acceptance} acceptance
 * @param {import('./exchange.mjs').Timeouts} timeouts
 * @param {() => boolean} hasRoom
 * @returns {Promise<Association | { callingAETitle?: string, reason: string }>}
 */
async function establish(socket, acceptance, timeouts, hasRoom) {
  const source = new ByteSource(socket);
  const leave = (/** @type {Buffer | undefined} */ last) => {
    if (last && socket.writable) socket.end(last);
    else socket.end();
    source.discard();
    const timer = setTimeout(() => socket.destroy(), timeouts.artim);
    socket.once('close', () => clearTimeout(timer));
    if (socket.destroyed) clearTimeout(timer);
  };
  /** @type {import('./associate-pdu.mjs').AssociateRequest} */
  let request;
  try {
    request = await associateRequest(source, timeouts.artim);
  } catch (error) {
    leave(
      error instanceof ProtocolError
        ? abortPDU(2, error.reason)
        : error instanceof TimedOut
          ? abortPDU(2, AbortReason.NotSpecified)
          : undefined,
    );
    return { reason: error instanceof Error ? error.message : 'error' };
  }
  const { callingAETitle } = request;
  const rejection = rejectionOf(request, hasRoom()) ?? acceptance.admit?.(request, socket.remoteAddress ?? '');
  if (rejection) {
    leave(rejectPDU(rejection));
    const { result, source: by, reason, why } = rejection;
    const told = `rejected: result ${result}, source ${by}, reason ${reason}`;
    return { callingAETitle, reason: why === undefined ? told : `${told}: ${why}` };
  }
  const { contexts, accepted, roles } = negotiate(request, acceptance.services);
  socket.write(
    associateAcceptPDU({
      // PS3.8 9.3.3: these two are sent back as they came.
      calledAETitle: request.calledAETitle,
      callingAETitle,
      contexts,
      roles,
      maximumLength: acceptance.maximumLength ?? 128 * 1024,
      implementationClassUID: IMPLEMENTATION_CLASS_UID,
      implementationVersionName: IMPLEMENTATION_VERSION_NAME,
    }),
  );
  return new Association({
    socket,
    source,
    callingAETitle,
    calledAETitle: request.calledAETitle,
    peerMaximumLength: request.maximumLength,
    contexts: accepted,
    handlerOf: handlersOf(acceptance.services),
    timeouts,
  });
}

/**
 * @param {ByteSource} source
 * @param {number} artim
 */
async function associateRequest(source, artim) {
  const deadline = monotonic() + artim;
  const head = await source.exactly(PDU_HEADER_BYTES, artim);
  const type = head.readUInt8(0);
  const length = head.readUInt32BE(2);
  if (type !== PDUType.AssociateRQ) {
    const known = type >= PDUType.AssociateRQ && type <= PDUType.Abort;
    throw new ProtocolError(
      'the first PDU is no A-ASSOCIATE-RQ',
      known ? AbortReason.UnexpectedPDU : AbortReason.UnrecognizedPDU,
    );
  }
  if (length > LONGEST_ASSOCIATE_BYTES) throw new ProtocolError('the A-ASSOCIATE-RQ is too long');
  return readAssociateRequest(await source.exactly(length, Math.max(1, deadline - monotonic())));
}

/**
 * @param {import('./associate-pdu.mjs').AssociateRequest} request
 * @param {boolean} hasRoom
 * @returns {import('./associate-pdu.mjs').Rejection | undefined}
 */
function rejectionOf({ protocolVersion, applicationContext }, hasRoom) {
  // PS3.8 9.3.2: bit 0 is version 1, the only one.
  if ((protocolVersion & 1) === 0) return Reject.ProtocolVersion;
  if (applicationContext !== APPLICATION_CONTEXT) return Reject.ApplicationContext;
  return hasRoom ? undefined : Reject.LocalLimitExceeded;
}
