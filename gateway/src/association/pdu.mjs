/** Types of PDUs: PS3.8 9.3. */
export const PDUType = /** @type {const} */ ({
  AssociateRQ: 1,
  AssociateAC: 2,
  AssociateRJ: 3,
  Data: 4,
  ReleaseRQ: 5,
  ReleaseRP: 6,
  Abort: 7,
});

/** Type, reserved, length. */
export const PDU_HEADER_BYTES = 6;

/** Length of the item, presentation context ID, message control header: PS3.8 9.3.5.1 and annex E.2. */
export const PDV_HEADER_BYTES = 6;

/**
 * @param {number} type
 * @param {Buffer} body
 */
export function pdu(type, body) {
  const header = Buffer.alloc(PDU_HEADER_BYTES);
  header[0] = type;
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

/** A-RELEASE-RQ and A-RELEASE-RP: PS3.8 9.3.6 and 9.3.7. */
export const RELEASE_RQ = pdu(PDUType.ReleaseRQ, Buffer.alloc(4));
export const RELEASE_RP = pdu(PDUType.ReleaseRP, Buffer.alloc(4));

/**
 * A-ABORT: PS3.8 9.3.8.
 * @param {0 | 2} source 0: the service user, 2: the service provider
 * @param {number} reason
 */
export function abortPDU(source, reason) {
  return pdu(PDUType.Abort, Buffer.from([0, 0, source, reason]));
}

/**
 * The headers of a P-DATA-TF with one fragment; the fragment follows (PS3.8 9.3.5).
 * @param {number} contextID
 * @param {boolean} isCommand
 * @param {boolean} isLast
 * @param {number} length of the fragment
 */
export function dataHeader(contextID, isCommand, isLast, length) {
  const header = Buffer.alloc(PDU_HEADER_BYTES + PDV_HEADER_BYTES);
  header[0] = PDUType.Data;
  header.writeUInt32BE(length + PDV_HEADER_BYTES, 2);
  header.writeUInt32BE(length + 2, 6);
  header[10] = contextID;
  header[11] = (isCommand ? 1 : 0) | (isLast ? 2 : 0);
  return header;
}
