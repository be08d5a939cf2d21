import { PDUType, pdu } from './pdu.mjs';
import { ProtocolError } from './protocol-error.mjs';

/**
 * @typedef {object} ProposedContext a presentation context of an A-ASSOCIATE-RQ: PS3.8 9.3.2.2
 * @property {number} id
 * @property {string} abstractSyntax
 * @property {string[]} transferSyntaxes
 *
 * @typedef {object} AnsweredContext a presentation context of an A-ASSOCIATE-AC: PS3.8 9.3.3.2
 * @property {number} id
 * @property {number} result one of ContextResult
 * @property {string} transferSyntax empty unless accepted
 *
 * @typedef {object} Role SCP/SCU Role Selection: PS3.7 D.3.3.4
 * @property {string} sopClassUID
 * @property {boolean} scu
 * @property {boolean} scp
 *
 * @typedef {object} Associate what A-ASSOCIATE-RQ and A-ASSOCIATE-AC have in common
 * @property {string} calledAETitle
 * @property {string} callingAETitle
 * @property {number} maximumLength of a P-DATA-TF that the sender receives; 0: any (PS3.8 D.1)
 * @property {string} implementationClassUID
 * @property {string} implementationVersionName
 * @property {Role[]} roles
 *
 * @typedef {Associate & { protocolVersion: number, applicationContext: string, contexts: ProposedContext[] }} AssociateRequest
 * @typedef {Associate & { contexts: AnsweredContext[] }} AssociateAccept
 *
 * @typedef {object} Rejection PS3.8 table 9-21
 * @property {number} result 1: permanent, 2: transient
 * @property {number} source 1: user, 2: provider (ACSE), 3: provider (presentation)
 * @property {number} reason
 * @property {string} [why] for the log; it is not sent
 */

/** The DICOM Application Context Name: PS3.7 A.2.1. */
export const APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';

/** PS3.8 table 9-18. */
export const ContextResult = /** @type {const} */ ({
  Accepted: 0,
  UserRejection: 1,
  NoReason: 2,
  AbstractSyntaxNotSupported: 3,
  TransferSyntaxesNotSupported: 4,
});

/** PS3.8 table 9-21. */
export const Reject = /** @type {const} */ ({
  ApplicationContext: { result: 1, source: 1, reason: 2 },
  CallingAETitle: { result: 1, source: 1, reason: 3 },
  CalledAETitle: { result: 1, source: 1, reason: 7 },
  NoReason: { result: 1, source: 1, reason: 1 },
  ProtocolVersion: { result: 1, source: 2, reason: 2 },
  TemporaryCongestion: { result: 2, source: 3, reason: 1 },
  LocalLimitExceeded: { result: 2, source: 3, reason: 2 },
});

const Item = {
  ApplicationContext: 0x10,
  ProposedContext: 0x20,
  AnsweredContext: 0x21,
  AbstractSyntax: 0x30,
  TransferSyntax: 0x40,
  UserInformation: 0x50,
  MaximumLength: 0x51,
  ImplementationClassUID: 0x52,
  Role: 0x54,
  ImplementationVersionName: 0x55,
};

/** Protocol version, reserved, two AE titles, reserved. */
const FIXED_BYTES = 68;

/** PS3.8 9.3.2: 128 contexts have the odd IDs from 1 to 255. */
const MOST_CONTEXTS = 128;

/**
 * @param {Buffer} body of an A-ASSOCIATE-RQ, after the header of the PDU
 * @returns {AssociateRequest}
 * @throws {ProtocolError}
 */
export function readAssociateRequest(body) {
  const associate = readCommon(body);
  /** @type {Map<number, ProposedContext>} */
  const contexts = new Map();
  let applicationContext = '';
  for (const [type, value] of items(body.subarray(FIXED_BYTES))) {
    if (type === Item.ApplicationContext) applicationContext = uid(value);
    if (type !== Item.ProposedContext) continue;
    const context = readProposedContext(value);
    if (contexts.has(context.id)) throw new ProtocolError('a presentation context ID occurs twice');
    contexts.set(context.id, context);
    if (contexts.size > MOST_CONTEXTS) throw new ProtocolError('more than 128 presentation contexts');
  }
  return {
    ...associate,
    protocolVersion: body.readUInt16BE(0),
    applicationContext,
    contexts: [...contexts.values()],
  };
}

/**
 * @param {Buffer} body of an A-ASSOCIATE-AC, after the header of the PDU
 * @returns {AssociateAccept}
 * @throws {ProtocolError}
 */
export function readAssociateAccept(body) {
  const associate = readCommon(body);
  const contexts = [];
  for (const [type, value] of items(body.subarray(FIXED_BYTES))) {
    if (type !== Item.AnsweredContext) continue;
    if (value.length < 4) throw new ProtocolError('a presentation context is too short');
    const syntax = [...items(value.subarray(4))].find(([kind]) => kind === Item.TransferSyntax);
    contexts.push({ id: value[0] ?? 0, result: value[2] ?? 0, transferSyntax: syntax ? uid(syntax[1]) : '' });
  }
  return { ...associate, contexts };
}

/**
 * @param {Buffer} body of an A-ASSOCIATE-RJ
 * @returns {Rejection}
 */
export function readRejection(body) {
  if (body.length < 4) throw new ProtocolError('A-ASSOCIATE-RJ is too short');
  return { result: body[1] ?? 0, source: body[2] ?? 0, reason: body[3] ?? 0 };
}

/** @param {Rejection} rejection */
export function rejectPDU({ result, source, reason }) {
  return pdu(PDUType.AssociateRJ, Buffer.from([0, result, source, reason]));
}

/** @param {Associate & { contexts: ProposedContext[] }} request */
export function associateRequestPDU(request) {
  const contexts = request.contexts.map(({ id, abstractSyntax, transferSyntaxes }) =>
    item(
      Item.ProposedContext,
      Buffer.from([id, 0, 0, 0]),
      text(Item.AbstractSyntax, abstractSyntax),
      ...transferSyntaxes.map((syntax) => text(Item.TransferSyntax, syntax)),
    ),
  );
  return pdu(PDUType.AssociateRQ, Buffer.concat([...fixed(request), ...contexts, userInformation(request)]));
}

/** @param {AssociateAccept} accept */
export function associateAcceptPDU(accept) {
  const contexts = accept.contexts.map(({ id, result, transferSyntax }) =>
    // PS3.8 9.3.3.2: with another result than acceptance, the transfer syntax has no meaning but is present.
    item(Item.AnsweredContext, Buffer.from([id, 0, result, 0]), text(Item.TransferSyntax, transferSyntax)),
  );
  return pdu(PDUType.AssociateAC, Buffer.concat([...fixed(accept), ...contexts, userInformation(accept)]));
}

/**
 * @param {Buffer} body
 * @returns {Associate}
 */
function readCommon(body) {
  if (body.length < FIXED_BYTES) throw new ProtocolError('the associate PDU is too short');
  /** @type {Associate} */
  const associate = {
    calledAETitle: ascii(body.subarray(4, 20)),
    callingAETitle: ascii(body.subarray(20, 36)),
    maximumLength: 0,
    implementationClassUID: '',
    implementationVersionName: '',
    roles: [],
  };
  for (const [type, value] of items(body.subarray(FIXED_BYTES))) {
    if (type !== Item.UserInformation) continue;
    for (const [kind, content] of items(value)) readUserItem(associate, kind, content);
  }
  return associate;
}

/**
 * Items that are not known are ignored: PS3.8 9.3.1.
 * @param {Associate} associate
 * @param {number} kind
 * @param {Buffer} content
 */
function readUserItem(associate, kind, content) {
  if (kind === Item.MaximumLength) {
    if (content.length < 4) throw new ProtocolError('the maximum length is too short');
    associate.maximumLength = content.readUInt32BE(0);
  } else if (kind === Item.ImplementationClassUID) associate.implementationClassUID = uid(content);
  else if (kind === Item.ImplementationVersionName) associate.implementationVersionName = ascii(content);
  else if (kind === Item.Role) {
    const length = content.length < 2 ? Number.POSITIVE_INFINITY : content.readUInt16BE(0);
    if (content.length < length + 4) throw new ProtocolError('a role selection is too short');
    const sopClassUID = uid(content.subarray(2, 2 + length));
    associate.roles.push({ sopClassUID, scu: content[2 + length] === 1, scp: content[3 + length] === 1 });
  }
}

/**
 * @param {Buffer} value
 * @returns {ProposedContext}
 */
function readProposedContext(value) {
  if (value.length < 4) throw new ProtocolError('a presentation context is too short');
  const id = value[0] ?? 0;
  if (id % 2 === 0) throw new ProtocolError('a presentation context ID is even');
  let abstractSyntax = '';
  const transferSyntaxes = [];
  for (const [type, content] of items(value.subarray(4))) {
    if (type === Item.AbstractSyntax) abstractSyntax = uid(content);
    if (type === Item.TransferSyntax) transferSyntaxes.push(uid(content));
  }
  return { id, abstractSyntax, transferSyntaxes };
}

/**
 * The items in a value: type, reserved, length of two bytes, content.
 * @param {Buffer} bytes
 * @returns {Generator<[type: number, value: Buffer]>}
 */
function* items(bytes) {
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new ProtocolError('an item is cut short');
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) throw new ProtocolError('an item is longer than what contains it');
    yield [bytes[at] ?? 0, bytes.subarray(at + 4, end)];
    at = end;
  }
}

/** @param {Associate} associate */
function fixed({ calledAETitle, callingAETitle }) {
  const head = Buffer.alloc(FIXED_BYTES);
  head[1] = 1;
  head.write(calledAETitle.padEnd(16).slice(0, 16), 4, 'latin1');
  head.write(callingAETitle.padEnd(16).slice(0, 16), 20, 'latin1');
  return [head, text(Item.ApplicationContext, APPLICATION_CONTEXT)];
}

/** @param {Associate} associate */
function userInformation({ maximumLength, implementationClassUID, implementationVersionName, roles }) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(maximumLength);
  return item(
    Item.UserInformation,
    item(Item.MaximumLength, length),
    text(Item.ImplementationClassUID, implementationClassUID),
    ...roles.map(roleItem),
    text(Item.ImplementationVersionName, implementationVersionName),
  );
}

/** @param {Role} role */
function roleItem({ sopClassUID, scu, scp }) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(sopClassUID.length);
  return item(Item.Role, length, Buffer.from(sopClassUID, 'latin1'), Buffer.from([scu ? 1 : 0, scp ? 1 : 0]));
}

/**
 * @param {number} type
 * @param {...Buffer} content
 */
function item(type, ...content) {
  const head = Buffer.from([type, 0, 0, 0]);
  head.writeUInt16BE(
    content.reduce((sum, { length }) => sum + length, 0),
    2,
  );
  return Buffer.concat([head, ...content]);
}

/**
 * @param {number} type
 * @param {string} value
 */
function text(type, value) {
  return item(type, Buffer.from(value, 'latin1'));
}

/** @param {Buffer} value */
function uid(value) {
  // PS3.8 annex F: UIDs here are not padded. Some senders pad them nevertheless.
  return value.toString('latin1').replace(/[\0 ]+$/, '');
}

/** @param {Buffer} value */
function ascii(value) {
  return value.toString('latin1').replace(/\0/g, ' ').trim();
}
