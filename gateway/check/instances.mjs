import { createHash } from 'node:crypto';

export const CT = '1.2.840.10008.5.1.4.1.1.2';
export const EXPLICIT = '1.2.840.10008.1.2.1';

const ROW_BYTES = 512;

/**
 * @typedef {object} Instance
 * @property {string} sopClassUID
 * @property {string} sopInstanceUID
 * @property {string} studyInstanceUID
 * @property {string} transferSyntaxUID
 * @property {Buffer} data the data set
 */

/**
 * A small CT image in explicit VR little endian, the same each time for the same text.
 * @param {string} study
 * @param {string} name of the instance
 * @param {number} [bytes] of the pixels, at most 33 MB; whole rows are made
 * @returns {Instance}
 */
export function instanceOf(study, name, bytes = 512) {
  const studyInstanceUID = uidOf(study);
  const sopInstanceUID = uidOf(`${study}/${name}`);
  const rows = Math.max(1, Math.ceil(bytes / ROW_BYTES));
  const pixels = Buffer.alloc(rows * ROW_BYTES);
  createHash('sha256').update(sopInstanceUID).digest().copy(pixels);
  const data = Buffer.concat([
    element(0x0008, 0x0016, 'UI', CT),
    element(0x0008, 0x0018, 'UI', sopInstanceUID),
    element(0x0008, 0x0060, 'CS', 'CT'),
    element(0x0010, 0x0010, 'PN', 'Gateway^Test'),
    element(0x0010, 0x0020, 'LO', 'GW1'),
    element(0x0020, 0x000d, 'UI', studyInstanceUID),
    element(0x0020, 0x000e, 'UI', uidOf(`${study} series`)),
    number(0x0028, 0x0002, 1),
    element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    number(0x0028, 0x0010, rows),
    number(0x0028, 0x0011, ROW_BYTES / 2),
    number(0x0028, 0x0100, 16),
    number(0x0028, 0x0101, 16),
    number(0x0028, 0x0102, 15),
    number(0x0028, 0x0103, 0),
    longElement(0x7fe0, 0x0010, 'OW', pixels),
  ]);
  return { sopClassUID: CT, sopInstanceUID, studyInstanceUID, transferSyntaxUID: EXPLICIT, data };
}

/**
 * A UID that the same text always gets (PS3.5 B.2).
 * @param {string} text
 */
export function uidOf(text) {
  return `2.25.${BigInt(`0xf${createHash('sha256').update(text).digest('hex').slice(0, 29)}`)}`;
}

/**
 * The data set in a Part 10 file.
 * @param {Buffer} file
 */
export function dataSetOf(file) {
  return file.subarray(144 + file.readUInt32LE(140));
}

/** @param {Buffer} bytes */
export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * @param {number} group
 * @param {number} number
 * @param {string} vr
 * @param {string} value
 */
export function element(group, number, vr, value) {
  const padded = value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' ');
  return shortElement(group, number, vr, Buffer.from(padded, 'latin1'));
}

/**
 * @param {number} group
 * @param {number} element
 * @param {number} value
 */
function number(group, element, value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return shortElement(group, element, 'US', bytes);
}

/**
 * @param {number} group
 * @param {number} number
 * @param {string} vr
 * @param {Buffer} value
 */
function shortElement(group, number, vr, value) {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

/**
 * @param {number} group
 * @param {number} number
 * @param {string} vr
 * @param {Buffer} value
 */
function longElement(group, number, vr, value) {
  const head = Buffer.alloc(12);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt32LE(value.length, 8);
  return Buffer.concat([head, value]);
}
