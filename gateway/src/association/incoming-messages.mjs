import { NO_DATA_SET, readCommand } from './command-set.mjs';
import { IncomingData } from './incoming-data.mjs';
import { PDU_HEADER_BYTES, PDUType, PDV_HEADER_BYTES } from './pdu.mjs';
import { AbortReason, AssociationEnded, ProtocolError } from './protocol-error.mjs';

/** A command set is small; the standard sets no limit. */
const MOST_COMMAND_BYTES = 256 * 1024;
const MOST_COMMAND_FRAGMENTS = 4096;

/**
 * @typedef {object} Message
 * @property {number} contextID
 * @property {import('./command-set.mjs').Command} command
 * @property {IncomingData | undefined} data
 *
 * @typedef {object} Fragment the header of a PDV; its content is still to be read
 * @property {number} contextID
 * @property {boolean} isCommand
 * @property {boolean} isLast
 */

/** Reads the DIMSE messages of an association from its P-DATA-TF PDUs (PS3.8 annex E, PS3.7 6.3). */
export class IncomingMessages {
  #source;
  #contextIDs;
  #timeout;
  /** What is still to be read of the P-DATA-TF and of the fragment. */
  #pduLeft = 0;
  #fragmentLeft = 0;

  /**
   * @param {import('./byte-source.mjs').ByteSource} source
   * @param {ReadonlySet<number>} contextIDs that were accepted
   * @param {number} timeout milliseconds for which the peer may send nothing within a message
   */
  constructor(source, contextIDs, timeout) {
    this.#source = source;
    this.#contextIDs = contextIDs;
    this.#timeout = timeout;
  }

  /**
   * The data set of the message before must have been read.
   * @param {() => Promise<Buffer>} firstHeader reads the header of the next PDU: between messages the peer may rest
   * @returns {Promise<Message | 'release-request' | 'release-response'>}
   * @throws {ProtocolError | AssociationEnded}
   */
  async next(firstHeader) {
    const first = await this.#fragment(firstHeader);
    if (typeof first === 'string') return first;
    const { contextID } = first;
    const pieces = [];
    let length = 0;
    for (let fragment = first; ; fragment = await this.#fragmentOf(contextID, true)) {
      if (!fragment.isCommand) throw new ProtocolError('a data set without a command set', AbortReason.UnexpectedPDU);
      length += this.#fragmentLeft;
      if (length > MOST_COMMAND_BYTES || pieces.length > MOST_COMMAND_FRAGMENTS)
        throw new ProtocolError('the command set is too long');
      pieces.push(await this.#source.exactly(this.#fragmentLeft, this.#timeout));
      this.#fragmentLeft = 0;
      if (fragment.isLast) break;
    }
    const command = readCommand(Buffer.concat(pieces));
    const data = command.CommandDataSetType === NO_DATA_SET ? undefined : this.#dataSet(contextID);
    return { contextID, command, data };
  }

  /** @param {number} contextID */
  #dataSet(contextID) {
    let isLast = false;
    return new IncomingData(async () => {
      while (this.#fragmentLeft === 0) {
        if (isLast) return undefined;
        isLast = (await this.#fragmentOf(contextID, false)).isLast;
      }
      const piece = await this.#source.some(this.#fragmentLeft, this.#timeout);
      this.#fragmentLeft -= piece.length;
      return piece;
    });
  }

  /**
   * The next fragment of the message that is being read.
   * @param {number} contextID
   * @param {boolean} isCommand
   * @returns {Promise<Fragment>}
   */
  async #fragmentOf(contextID, isCommand) {
    const fragment = await this.#fragment(() => this.#source.exactly(PDU_HEADER_BYTES, this.#timeout));
    if (typeof fragment === 'string') {
      throw new ProtocolError('a release in the middle of a message', AbortReason.UnexpectedPDU);
    }
    if (fragment.contextID !== contextID || fragment.isCommand !== isCommand) {
      throw new ProtocolError('another message in the middle of a message', AbortReason.UnexpectedPDU);
    }
    return fragment;
  }

  /**
   * @param {() => Promise<Buffer>} header reads the header of the next PDU
   * @returns {Promise<Fragment | 'release-request' | 'release-response'>}
   */
  async #fragment(header) {
    if (this.#pduLeft === 0) {
      const head = await header();
      const type = head[0];
      const length = head.readUInt32BE(2);
      if (type !== PDUType.Data) return this.#otherPDU(type, length);
      if (length < PDV_HEADER_BYTES) throw new ProtocolError('a P-DATA-TF is too short');
      this.#pduLeft = length;
    }
    if (this.#pduLeft < PDV_HEADER_BYTES) throw new ProtocolError('a presentation data value is cut short');
    const head = await this.#source.exactly(PDV_HEADER_BYTES, this.#timeout);
    const length = head.readUInt32BE(0);
    if (length < 2 || length + 4 > this.#pduLeft) {
      throw new ProtocolError('a presentation data value does not fit its PDU');
    }
    this.#pduLeft -= length + 4;
    this.#fragmentLeft = length - 2;
    const contextID = head.readUInt8(4);
    const control = head.readUInt8(5);
    if (!this.#contextIDs.has(contextID)) {
      throw new ProtocolError('a message in a presentation context that was not accepted');
    }
    return { contextID, isCommand: (control & 1) === 1, isLast: (control & 2) === 2 };
  }

  /**
   * @param {number | undefined} type
   * @param {number} length
   * @returns {Promise<'release-request' | 'release-response'>}
   */
  async #otherPDU(type, length) {
    if (type === PDUType.Abort) throw new AssociationEnded('the peer aborted the association');
    if (type === PDUType.ReleaseRQ || type === PDUType.ReleaseRP) {
      if (length > 1024) throw new ProtocolError('a release PDU is too long');
      await this.#source.exactly(length, this.#timeout);
      return type === PDUType.ReleaseRQ ? 'release-request' : 'release-response';
    }
    const known = type !== undefined && type >= PDUType.AssociateRQ && type <= PDUType.AssociateRJ;
    throw new ProtocolError(
      'a PDU that may not come here',
      known ? AbortReason.UnexpectedPDU : AbortReason.UnrecognizedPDU,
    );
  }
}
