import { ProtocolError } from './protocol-error.mjs';

/** Command Field (0000,0100): PS3.7 E.1. A response has the bit 8000H. */
export const CommandField = /** @type {const} */ ({
  C_STORE_RQ: 0x0001,
  C_GET_RQ: 0x0010,
  C_FIND_RQ: 0x0020,
  C_MOVE_RQ: 0x0021,
  C_ECHO_RQ: 0x0030,
  N_EVENT_REPORT_RQ: 0x0100,
  N_GET_RQ: 0x0110,
  N_SET_RQ: 0x0120,
  N_ACTION_RQ: 0x0130,
  N_CREATE_RQ: 0x0140,
  N_DELETE_RQ: 0x0150,
  C_CANCEL_RQ: 0x0fff,
});

/** The bit of Command Field (0000,0100) by which a response differs from its request: PS3.7 annex E. */
export const RESPONSE_BIT = 0x8000;

/** Command Data Set Type (0000,0800) of a message without a data set; every other value means that one follows. */
export const NO_DATA_SET = 0x0101;

/** Status (0000,0900): PS3.7 annex C. */
export const Status = /** @type {const} */ ({
  Success: 0x0000,
  ProcessingFailure: 0x0110,
  NoSuchSOPClass: 0x0118,
  NoSuchSOPInstance: 0x0112,
  SOPClassNotSupported: 0x0122,
  NotAuthorized: 0x0124,
  DuplicateInvocation: 0x0210,
  UnrecognizedOperation: 0x0211,
  MistypedArgument: 0x0212,
  Cancel: 0xfe00,
  Pending: 0xff00,
  PendingWithWarning: 0xff01,
});

/** @param {number} status */
export function isPending(status) {
  return status === Status.Pending || status === Status.PendingWithWarning;
}

/**
 * A command set: the keywords of PS3.7 E.1 with numbers for US, strings for UI, AE and LO, and tags as numbers for AT.
 * @typedef {{ CommandField: number } & Partial<Record<Keyword, number | string | readonly number[]>>} Command
 * @typedef {keyof typeof ELEMENTS} Keyword
 */

/** PS3.7 E.1: element number and VR. */
const ELEMENTS = /** @type {const} */ ({
  AffectedSOPClassUID: [0x0002, 'UI'],
  RequestedSOPClassUID: [0x0003, 'UI'],
  CommandField: [0x0100, 'US'],
  MessageID: [0x0110, 'US'],
  MessageIDBeingRespondedTo: [0x0120, 'US'],
  MoveDestination: [0x0600, 'AE'],
  Priority: [0x0700, 'US'],
  CommandDataSetType: [0x0800, 'US'],
  Status: [0x0900, 'US'],
  OffendingElement: [0x0901, 'AT'],
  ErrorComment: [0x0902, 'LO'],
  ErrorID: [0x0903, 'US'],
  AffectedSOPInstanceUID: [0x1000, 'UI'],
  RequestedSOPInstanceUID: [0x1001, 'UI'],
  EventTypeID: [0x1002, 'US'],
  AttributeIdentifierList: [0x1005, 'AT'],
  ActionTypeID: [0x1008, 'US'],
  NumberOfRemainingSuboperations: [0x1020, 'US'],
  NumberOfCompletedSuboperations: [0x1021, 'US'],
  NumberOfFailedSuboperations: [0x1022, 'US'],
  NumberOfWarningSuboperations: [0x1023, 'US'],
  MoveOriginatorApplicationEntityTitle: [0x1030, 'AE'],
  MoveOriginatorMessageID: [0x1031, 'US'],
});

/** @type {Map<number, [Keyword, string]>} */
const BY_ELEMENT = new Map(
  Object.entries(ELEMENTS).map(([keyword, [element, vr]]) => [element, [/** @type {Keyword} */ (keyword), vr]]),
);

/**
 * @param {Buffer} bytes of a command set, in implicit VR little endian (PS3.7 6.3.1)
 * @returns {Command}
 * @throws {ProtocolError}
 */
export function readCommand(bytes) {
  /** @type {Partial<Record<Keyword, number | string | readonly number[]>>} */
  const command = {};
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw new ProtocolError('an element of the command set is cut short');
    const group = bytes.readUInt16LE(at);
    const element = bytes.readUInt16LE(at + 2);
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    if (end > bytes.length) throw new ProtocolError('an element is longer than the command set');
    const known = group === 0 ? BY_ELEMENT.get(element) : undefined;
    if (known) command[known[0]] = readValue(known[1], bytes.subarray(at + 8, end));
    at = end;
  }
  if (typeof command.CommandField !== 'number') throw new ProtocolError('the command set has no Command Field');
  if (typeof command.CommandDataSetType !== 'number') throw new ProtocolError('no Command Data Set Type');
  return /** @type {Command} */ (command);
}

/**
 * @param {Command} command elements that are undefined are left out
 * @returns {Buffer} with the Command Group Length
 */
export function writeCommand(command) {
  const elements = [];
  for (const [keyword, [element, vr]] of Object.entries(ELEMENTS)) {
    const value = command[/** @type {Keyword} */ (keyword)];
    if (value !== undefined) elements.push(elementBytes(element, valueBytes(vr, value)));
  }
  const body = Buffer.concat(elements);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([elementBytes(0, length), body]);
}

/**
 * @param {string} vr
 * @param {Buffer} bytes
 */
function readValue(vr, bytes) {
  if (vr === 'US') {
    if (bytes.length < 2) throw new ProtocolError('a number of the command set is too short');
    return bytes.readUInt16LE(0);
  }
  if (vr === 'AT') {
    const tags = [];
    for (let at = 0; at + 4 <= bytes.length; at += 4) {
      tags.push(bytes.readUInt16LE(at) * 0x10000 + bytes.readUInt16LE(at + 2));
    }
    return tags;
  }
  return bytes.toString('latin1').replace(/\0/g, '').trim();
}

/**
 * @param {string} vr
 * @param {number | string | readonly number[]} value
 */
function valueBytes(vr, value) {
  if (vr === 'US') {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(Number(value));
    return bytes;
  }
  if (vr === 'AT') {
    const tags = /** @type {readonly number[]} */ (typeof value === 'object' ? value : [value]);
    const bytes = Buffer.alloc(4 * tags.length);
    for (const [index, tag] of tags.entries()) {
      bytes.writeUInt16LE(tag >>> 16, 4 * index);
      bytes.writeUInt16LE(tag & 0xffff, 4 * index + 2);
    }
    return bytes;
  }
  const text = String(value);
  const padded = text.length % 2 === 0 ? text : text + (vr === 'UI' ? '\0' : ' ');
  return Buffer.from(padded, 'latin1');
}

/**
 * @param {number} element
 * @param {Buffer} value
 */
function elementBytes(element, value) {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(element, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}
