import { monotonic } from '../monotonic.mjs';
import { CommandField, RESPONSE_BIT, Status } from './command-set.mjs';
import { collect } from './incoming-data.mjs';
import { IncomingMessages } from './incoming-messages.mjs';
import { OutgoingMessages } from './outgoing-messages.mjs';
import { abortPDU, PDU_HEADER_BYTES, RELEASE_RP, RELEASE_RQ } from './pdu.mjs';
import { PendingResponses } from './pending-responses.mjs';
import { AbortReason, AssociationEnded, ProtocolError, TimedOut } from './protocol-error.mjs';

/** @import { AcceptedContext, Handler, Operation, Request, Response, Timeouts } from './exchange.mjs' */

/** Bytes of the data set of a response, which is read whole: an identifier of C-FIND or C-MOVE, or an event reply. */
const MOST_RESPONSE_BYTES = 4 * 1024 * 1024;

/** An association that is established, on either side (PS3.7, PS3.8). */
export class Association {
  #socket;
  #source;
  #handlerOf;
  #timeouts;
  #incoming;
  #outgoing;
  /** The operation of the peer that is under way: one at a time, since no window is negotiated (PS3.7 D.3.3.3). */
  #running = /** @type {{ messageID: number, controller: AbortController, done: Promise<void> } | undefined} */ (
    undefined
  );
  #pending = new PendingResponses();
  #nextMessageID = 1;
  #lastActivity = monotonic();
  #releasing = false;
  /** @type {Error | undefined} */
  #error;

  /**
   * @param {object} parts
   * @param {import('node:net').Socket} parts.socket
   * @param {import('./byte-source.mjs').ByteSource} parts.source
   * @param {string} parts.callingAETitle
   * @param {string} parts.calledAETitle
   * @param {number} parts.peerMaximumLength
   * @param {readonly AcceptedContext[]} parts.contexts
   * @param {(context: AcceptedContext, commandField: number) => Handler | undefined} parts.handlerOf
   * @param {Timeouts} parts.timeouts
   */
  constructor({ socket, source, callingAETitle, calledAETitle, peerMaximumLength, contexts, handlerOf, timeouts }) {
    this.#socket = socket;
    this.#source = source;
    this.#handlerOf = handlerOf;
    this.#timeouts = timeouts;
    this.callingAETitle = callingAETitle;
    this.calledAETitle = calledAETitle;
    this.remoteAddress = socket.remoteAddress ?? '';
    /** @type {ReadonlyMap<number, AcceptedContext>} */
    this.contexts = new Map(contexts.map((context) => [context.id, context]));
    this.#incoming = new IncomingMessages(source, new Set(this.contexts.keys()), timeouts.message);
    this.#outgoing = new OutgoingMessages(socket, peerMaximumLength, timeouts.message);
    /**
     * Resolves when the association has ended, with the reason unless it was released.
     * @type {Promise<Error | undefined>}
     */
    this.ended = this.#run();
  }

  /**
   * @param {string} abstractSyntax
   * @param {string} [transferSyntax] any, if it is not given
   * @returns {AcceptedContext | undefined}
   */
  contextFor(abstractSyntax, transferSyntax) {
    for (const context of this.contexts.values()) {
      if (context.abstractSyntax !== abstractSyntax) continue;
      if (transferSyntax === undefined || context.transferSyntax === transferSyntax) return context;
    }
    return undefined;
  }

  /**
   * Sends a request.
   * @param {AcceptedContext} context
   * @param {import('./command-set.mjs').Command} command without Message ID and Command Data Set Type
   * @param {Buffer | AsyncIterable<Uint8Array>} [data] the data set, encoded in the transfer syntax of the context
   * @returns {Promise<Operation>} when the request is sent
   * @throws {AssociationEnded}
   */
  async start(context, command, data) {
    if (this.#error || this.#releasing) throw this.#error ?? new AssociationEnded('the association is released');
    const messageID = this.#nextMessageID;
    this.#nextMessageID = (this.#nextMessageID % 0xffff) + 1;
    const responses = this.#pending.of(messageID);
    try {
      await this.#outgoing.send(context.id, { ...command, MessageID: messageID }, data);
    } catch (error) {
      // A message that was sent in part leaves the association unusable.
      this.abort();
      throw error;
    }
    this.#lastActivity = monotonic();
    const cancel = () =>
      this.#outgoing.send(context.id, {
        CommandField: CommandField.C_CANCEL_RQ,
        MessageIDBeingRespondedTo: messageID,
      });
    return { messageID, responses, cancel };
  }

  /**
   * Sends a request and waits for its last response.
   * @param {AcceptedContext} context
   * @param {import('./command-set.mjs').Command} command
   * @param {Buffer | AsyncIterable<Uint8Array>} [data]
   * @returns {Promise<Response>}
   * @throws {AssociationEnded}
   */
  async request(context, command, data) {
    const { responses } = await this.start(context, command, data);
    /** @type {Response | undefined} */
    let last;
    for await (const response of responses) last = response;
    return /** @type {Response} */ (last);
  }

  /** Releases the association: PS3.8 7.2. Resolves when the association has ended, also when an error ends it. */
  async release() {
    if (!this.#error && !this.#releasing) {
      this.#releasing = true;
      this.#lastActivity = monotonic();
      this.#socket.write(RELEASE_RQ);
      const timer = setTimeout(() => this.#socket.destroy(), this.#timeouts.artim);
      await this.ended;
      clearTimeout(timer);
    }
    await this.ended;
  }

  /**
   * Aborts the association: PS3.8 7.3.
   * @param {0 | 2} [source] 0: the service user, 2: the service provider
   * @param {number} [reason] one of AbortReason, of the provider only
   */
  abort(source = 0, reason = AbortReason.NotSpecified) {
    this.#finish(new AssociationEnded('the association was aborted'));
    if (this.#socket.writable) this.#socket.end(abortPDU(source, reason));
    this.#closeSoon();
  }

  async #run() {
    try {
      await this.#readMessages();
      await this.#running?.done;
      this.#finish(new AssociationEnded('the association was released'));
      this.#closeSoon();
      return undefined;
    } catch (error) {
      const reason = /** @type {Error} */ (error);
      const first = this.#error ?? reason;
      this.#finish(reason);
      if (this.#socket.writable) {
        if (reason instanceof ProtocolError) this.#socket.end(abortPDU(2, reason.reason));
        else if (reason instanceof TimedOut) this.#socket.end(abortPDU(2, AbortReason.NotSpecified));
        else this.#socket.end();
      }
      this.#closeSoon();
      await this.#running?.done;
      return first;
    }
  }

  async #readMessages() {
    for (;;) {
      const message = await this.#incoming.next(() => this.#nextHeader());
      this.#lastActivity = monotonic();
      if (message === 'release-request') {
        await this.#running?.done;
        if (this.#socket.writable) this.#socket.end(RELEASE_RP);
        return;
      }
      if (message === 'release-response') {
        if (!this.#releasing)
          throw new ProtocolError('a release response without a request', AbortReason.UnexpectedPDU);
        this.#socket.end();
        return;
      }
      await this.#dispatch(message);
    }
  }

  /** The header of the first PDU of a message. The peer may be silent while it waits for a response of the gateway. */
  async #nextHeader() {
    const first = await this.#firstByte();
    return Buffer.concat([first, await this.#source.exactly(PDU_HEADER_BYTES - 1, this.#timeouts.message)]);
  }

  /** @returns {Promise<Buffer>} */
  async #firstByte() {
    for (;;) {
      try {
        return await this.#source.some(1, this.#timeouts.idle);
      } catch (error) {
        const rested = monotonic() - this.#lastActivity;
        if (!(error instanceof TimedOut) || (!this.#running && rested >= this.#timeouts.idle)) throw error;
      }
    }
  }

  /** @param {import('./incoming-messages.mjs').Message} message */
  async #dispatch({ contextID, command, data }) {
    const field = command.CommandField;
    if (field === CommandField.C_CANCEL_RQ) {
      if (this.#running?.messageID === command.MessageIDBeingRespondedTo) this.#running?.controller.abort();
      await data?.drain();
      return;
    }
    if ((field & RESPONSE_BIT) !== 0) {
      const messageID = Number(command.MessageIDBeingRespondedTo);
      if (!this.#pending.has(messageID)) {
        throw new ProtocolError('a response without a request', AbortReason.UnexpectedPDU);
      }
      const identifier = data && (await collect(data, MOST_RESPONSE_BYTES));
      this.#pending.push(messageID, { command, data: identifier });
      return;
    }
    if (typeof command.MessageID !== 'number') throw new ProtocolError('a request without Message ID');
    await this.#running?.done;
    const context = /** @type {AcceptedContext} */ (this.contexts.get(contextID));
    const controller = new AbortController();
    const running = { messageID: command.MessageID, controller, done: Promise.resolve() };
    this.#running = running;
    running.done = this.#handle(context, command, data, controller.signal).finally(() => {
      this.#lastActivity = monotonic();
      if (this.#running === running) this.#running = undefined;
    });
    if (data) {
      await Promise.race([data.ended, running.done]);
      await data.drain();
    }
  }

  /**
   * Lets the handler answer. Never rejects.
   * @param {AcceptedContext} context
   * @param {import('./command-set.mjs').Command} command
   * @param {import('./incoming-data.mjs').IncomingData | undefined} data
   * @param {AbortSignal} signal
   */
  async #handle(context, command, data, signal) {
    const head = {
      CommandField: command.CommandField | RESPONSE_BIT,
      MessageIDBeingRespondedTo: command.MessageID,
      // PS3.7: requests of DIMSE-N name the requested ones, responses the affected ones.
      AffectedSOPClassUID: command.AffectedSOPClassUID ?? command.RequestedSOPClassUID,
      AffectedSOPInstanceUID: command.AffectedSOPInstanceUID ?? command.RequestedSOPInstanceUID,
      EventTypeID: command.EventTypeID,
      ActionTypeID: command.ActionTypeID,
    };
    /** @type {Request['respond']} */
    const respond = (elements, body) =>
      this.#outgoing.send(context.id, /** @type {any} */ (withoutUndefined({ ...head, ...elements })), body);
    try {
      const handler = this.#handlerOf(context, command.CommandField);
      const { data: body, ...elements } = handler
        ? await handler({ association: this, context, command, data, signal, respond })
        : { Status: Status.UnrecognizedOperation };
      // The peer may read no response before it has sent the whole data set.
      await data?.drain();
      await respond(elements, body);
    } catch {
      if (this.#error) return;
      try {
        await data?.drain();
      } catch {
        // The data set did not arrive. The reader of the messages meets the same error, and ends the association.
        return;
      }
      await respond({ Status: Status.ProcessingFailure }).catch(() => this.#socket.destroy());
    }
  }

  /** @param {Error} error with which everything that still waits is rejected */
  #finish(error) {
    this.#error ??= error;
    this.#running?.controller.abort();
    this.#pending.fail(this.#error);
  }

  /** The peer closes the connection. If it does not do so in time (ARTIM, PS3.8 9.1.4), the gateway closes it. */
  #closeSoon() {
    this.#source.discard();
    if (this.#socket.destroyed) return;
    const timer = setTimeout(() => this.#socket.destroy(), this.#timeouts.artim);
    this.#socket.once('close', () => clearTimeout(timer));
  }
}

/**
 * @template {object} T
 * @param {T} object
 */
function withoutUndefined(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
