/** Reasons of an A-ABORT from the service provider: PS3.8 table 9-26. */
export const AbortReason = /** @type {const} */ ({
  NotSpecified: 0,
  UnrecognizedPDU: 1,
  UnexpectedPDU: 2,
  UnrecognizedParameter: 4,
  UnexpectedParameter: 5,
  InvalidParameter: 6,
});

/** The peer broke the protocol. The association is aborted with the reason. */
export class ProtocolError extends Error {
  /**
   * @param {string} message without values of the peer's data
   * @param {number} [reason] one of AbortReason
   */
  constructor(message, reason = AbortReason.InvalidParameter) {
    super(message);
    this.name = 'ProtocolError';
    this.reason = reason;
  }
}

/** The association ended: by an abort of the peer, a broken connection, or a timeout. */
export class AssociationEnded extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'AssociationEnded';
  }
}

/** Nothing arrived in time. */
export class TimedOut extends AssociationEnded {}

/** The acceptor rejected the association: PS3.8 9.3.4. */
export class AssociationRejected extends Error {
  /** @param {import('./associate-pdu.mjs').Rejection} rejection */
  constructor({ result, source, reason }) {
    super(`the association was rejected: result ${result}, source ${source}, reason ${reason}`);
    this.name = 'AssociationRejected';
    this.result = result;
    this.source = source;
    this.reason = reason;
  }
}
