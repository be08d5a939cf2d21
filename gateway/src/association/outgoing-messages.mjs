import { NO_DATA_SET, writeCommand } from './command-set.mjs';
import { dataHeader, PDV_HEADER_BYTES } from './pdu.mjs';
import { AssociationEnded, TimedOut } from './protocol-error.mjs';

/** Bytes of a PDU for a peer that accepts any length. */
const LONGEST_PDU = 128 * 1024;

/** A shorter PDU has no room for a fragment. */
const SHORTEST_PDU = 128;

/** Writes DIMSE messages as P-DATA-TF PDUs that the peer can take. One message is written at a time. */
export class OutgoingMessages {
  #socket;
  #fragmentBytes;
  #timeout;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {import('node:net').Socket} socket
   * @param {number} peerMaximumLength 0: any (PS3.8 D.1.1)
   * @param {number} timeout milliseconds for which the peer may read nothing
   */
  constructor(socket, peerMaximumLength, timeout) {
    this.#socket = socket;
    const length = peerMaximumLength === 0 ? LONGEST_PDU : Math.min(peerMaximumLength, LONGEST_PDU);
    this.#fragmentBytes = (Math.max(length, SHORTEST_PDU) - PDV_HEADER_BYTES) & ~1;
    this.#timeout = timeout;
  }

  /**
   * @param {number} contextID
   * @param {import('./command-set.mjs').Command} command
   * @param {Buffer | AsyncIterable<Uint8Array>} [data] the encoded data set
   * @returns {Promise<void>} when the socket has taken it
   */
  send(contextID, command, data) {
    const sent = this.#last.then(async () => {
      const commandBytes = writeCommand({ ...command, CommandDataSetType: data === undefined ? NO_DATA_SET : 0 });
      await this.#fragments(contextID, true, [commandBytes]);
      if (data !== undefined) await this.#fragments(contextID, false, Buffer.isBuffer(data) ? [data] : data);
    });
    this.#last = sent.catch(() => {});
    return sent;
  }

  /**
   * @param {number} contextID
   * @param {boolean} isCommand
   * @param {Iterable<Uint8Array> | AsyncIterable<Uint8Array>} pieces
   */
  async #fragments(contextID, isCommand, pieces) {
    const most = this.#fragmentBytes;
    /** @type {Buffer[]} */
    let waiting = [];
    let length = 0;
    for await (const piece of pieces) {
      let rest = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      // A full fragment is held until the next piece arrives, because only the last fragment is marked as such.
      while (length + rest.length > most) {
        const cut = most - length;
        await this.#write(contextID, isCommand, false, [...waiting, rest.subarray(0, cut)], most);
        rest = rest.subarray(cut);
        waiting = [];
        length = 0;
      }
      if (rest.length > 0) waiting.push(rest);
      length += rest.length;
    }
    await this.#write(contextID, isCommand, true, waiting, length);
  }

  /**
   * @param {number} contextID
   * @param {boolean} isCommand
   * @param {boolean} isLast
   * @param {Buffer[]} pieces
   * @param {number} length of the pieces together
   */
  async #write(contextID, isCommand, isLast, pieces, length) {
    const socket = this.#socket;
    if (!socket.writable) throw new AssociationEnded('the connection is closed');
    socket.cork();
    let ready = socket.write(dataHeader(contextID, isCommand, isLast, length));
    for (const piece of pieces) ready = socket.write(piece);
    socket.uncork();
    if (!ready) await drained(socket, this.#timeout);
  }
}

/**
 * @param {import('node:net').Socket} socket
 * @param {number} milliseconds
 * @returns {Promise<void>}
 */
function drained(socket, milliseconds) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(new TimedOut('the peer takes nothing')), milliseconds);
    const onDrain = () => end();
    const onClose = () => end(new AssociationEnded('the connection was closed'));
    const end = (/** @type {Error | undefined} */ error = undefined) => {
      clearTimeout(timer);
      socket.off('drain', onDrain);
      socket.off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    socket.once('drain', onDrain);
    socket.once('close', onClose);
    if (socket.destroyed) onClose();
  });
}
