import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../association/implementation.mjs';

/**
 * The beginning of a Part 10 file, before its data set: preamble, prefix and file meta information (PS3.10 7.1). The
 * same values give the same bytes: an instance that is sent again becomes the same file.
 * @param {object} values
 * @param {string} values.sopClassUID
 * @param {string} values.sopInstanceUID
 * @param {string} values.transferSyntaxUID
 * @param {string} values.sourceAETitle that sent the instance
 */
export function fileMeta({ sopClassUID, sopInstanceUID, transferSyntaxUID, sourceAETitle }) {
  const elements = Buffer.concat([
    long(0x0001, 'OB', Buffer.from([0, 1])),
    short(0x0002, 'UI', sopClassUID),
    short(0x0003, 'UI', sopInstanceUID),
    short(0x0010, 'UI', transferSyntaxUID),
    short(0x0012, 'UI', IMPLEMENTATION_CLASS_UID),
    short(0x0013, 'SH', IMPLEMENTATION_VERSION_NAME),
    short(0x0016, 'AE', sourceAETitle),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(elements.length);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(0x0000, 'UL', length), elements]);
}

/**
 * @param {number} number
 * @param {string} vr
 * @param {string} value
 */
function short(number, vr, value) {
  const padded = value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' ');
  return element(number, vr, Buffer.from(padded, 'latin1'));
}

/**
 * @param {number} number
 * @param {string} vr
 * @param {Buffer} value
 */
function element(number, vr, value) {
  const head = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

/**
 * @param {number} number
 * @param {string} vr of those with a length of 32 bits
 * @param {Buffer} value
 */
function long(number, vr, value) {
  const head = Buffer.alloc(12);
  head.writeUInt16LE(2, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt32LE(value.length, 8);
  return Buffer.concat([head, value]);
}
