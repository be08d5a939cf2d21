/* What the two sides of an association exchange: requests, and responses to them (PS3.7). */

/**
 * @typedef {object} AcceptedContext
 * @property {number} id
 * @property {string} abstractSyntax
 * @property {string} transferSyntax
 *
 * @typedef {object} Timeouts in milliseconds
 * @property {number} artim for the associate PDUs, for the answer to a release, and for the end of the connection (PS3.8 9.1.4)
 * @property {number} message for which the peer may send nothing within a message, or read nothing
 * @property {number} idle for which the peer may send nothing between messages, while none of its operations is under way
 *
 * @typedef {object} Response a response of the peer to a request of the gateway
 * @property {import('./command-set.mjs').Command} command
 * @property {Buffer | undefined} data
 *
 * @typedef {object} Request a request of the peer
 * @property {import('./association.mjs').Association} association
 * @property {AcceptedContext} context
 * @property {import('./command-set.mjs').Command} command
 * @property {import('./incoming-data.mjs').IncomingData | undefined} data
 * @property {AbortSignal} signal aborted when the peer cancels the operation (C-CANCEL) or the association ends
 * @property {(elements: Partial<import('./command-set.mjs').Command>, data?: Buffer | AsyncIterable<Uint8Array>) => Promise<void>} respond
 *   sends a response that is not the last one (status pending)
 *
 * @typedef {Partial<import('./command-set.mjs').Command> & { data?: Buffer }} FinalResponse Status and whatever else
 *   the response has; Message IDs, Affected SOP Class UID and the like are added
 *
 * @typedef {(request: Request) => Promise<FinalResponse>} Handler
 *
 * @typedef {object} Operation a request of the gateway to the peer
 * @property {number} messageID
 * @property {AsyncIterable<Response>} responses all of them, the last one has a status that is not pending
 * @property {() => Promise<void>} cancel sends a C-CANCEL
 */

export {};
