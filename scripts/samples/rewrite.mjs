import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';

/** Explicit VRs whose header has a 4-byte length behind two reserved bytes (PS3.5 7.1.2). */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const DEFLATED = '1.2.840.10008.1.2.1.99';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const IMPLICIT = '1.2.840.10008.1.2';

/**
 * @typedef {{ tag: string, vr: 'DA' | 'DS' | 'LO' | 'PN' | 'TM' | 'UI', value: string }} Change tag: eight hexadecimal digits in lower case
 */

/**
 * Makes a copy of a Part 10 file in which some attributes of the data set have other values. All other bytes stay the
 * same, in the file's own transfer syntax. Bytes after native pixel data are removed.
 * @param {Buffer} file
 * @param {Change[]} changes
 * @returns {Buffer}
 */
export function rewrite(file, changes) {
  const header = dicomParser.readPart10Header(file);
  const dataSet = dicomParser.parseDicom(file);
  const bytes = Buffer.from(dataSet.byteArray);
  const syntax = header.string('x00020010') ?? IMPLICIT;
  const layout = { implicit: syntax === IMPLICIT, big: syntax === BIG_ENDIAN };

  const meta = inOrder(header);
  const bodyStart = meta.reduce((end, element) => Math.max(end, element.dataOffset + element.length), 132);
  // Filtered by position, because dicom-parser reads the preamble and meta information of a deflated file a second
  // time.
  const body = inOrder(dataSet).filter((element) => element.dataOffset > bodyStart);
  const pixels = dataSet.elements.x7fe00010;
  const bodyEnd = pixels && !pixels.encapsulatedPixelData ? pixels.dataOffset + pixels.length : bytes.length;

  const sop = changes.find((change) => change.tag === '00080018');
  const metaPart = splice(bytes, meta, sop ? [{ ...sop, tag: '00020003' }] : [], EXPLICIT_LITTLE, [132, bodyStart]);
  // (0002,0000) File Meta Information Group Length counts the bytes after its own 12 bytes.
  metaPart.writeUInt32LE(metaPart.length - 12, 8);
  const bodyPart = splice(bytes, body, changes, layout, [bodyStart, bodyEnd]);
  return Buffer.concat([bytes.subarray(0, 132), metaPart, syntax === DEFLATED ? deflated(bodyPart) : bodyPart]);
}

/** @param {import('dicom-parser').DataSet} dataSet */
function inOrder(dataSet) {
  return Object.values(dataSet.elements).sort((a, b) => a.dataOffset - b.dataOffset);
}

/**
 * A UID for a file without a usable one; the same text always gives the same UID (PS3.5 B.2).
 * @param {string} text
 */
export function uidFor(text) {
  const digest = createHash('sha256').update(`dicomweb-edge sample ${text}`).digest('hex');
  return `2.25.${BigInt(`0x${digest.slice(0, 32)}`)}`;
}

/** @typedef {{ implicit: boolean, big: boolean }} Layout */

/** @type {Layout} */
const EXPLICIT_LITTLE = { implicit: false, big: false };

/**
 * @param {Buffer} bytes
 * @param {import('dicom-parser').Element[]} elements in the file's order
 * @param {Change[]} changes
 * @param {Layout} layout
 * @param {[number, number]} range
 */
function splice(bytes, elements, changes, layout, [from, to]) {
  const pieces = [];
  let at = from;
  for (const change of [...changes].sort((a, b) => (a.tag < b.tag ? -1 : 1))) {
    const next = elements.findIndex((element) => element.tag >= `x${change.tag}`);
    const element = elements[next];
    const place = element ? start(element, layout) : to;
    pieces.push(bytes.subarray(at, place), encode(change, layout));
    at = element?.tag === `x${change.tag}` ? element.dataOffset + element.length : place;
  }
  return Buffer.concat([...pieces, bytes.subarray(at, to)]);
}

/** @param {import('dicom-parser').Element} element @param {Layout} layout */
function start(element, { implicit }) {
  return element.dataOffset - (!implicit && LONG.has(element.vr ?? '') ? 12 : 8);
}

/** @param {Change} change @param {Layout} layout */
function encode({ tag, vr, value }, { implicit, big }) {
  const padded = value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' ');
  const header = Buffer.alloc(8);
  const put16 = (/** @type {number} */ n, /** @type {number} */ at) =>
    big ? header.writeUInt16BE(n, at) : header.writeUInt16LE(n, at);
  put16(Number.parseInt(tag.slice(0, 4), 16), 0);
  put16(Number.parseInt(tag.slice(4), 16), 2);
  if (implicit) {
    header.writeUInt32LE(padded.length, 4);
  } else {
    header.write(vr, 4, 'latin1');
    put16(padded.length, 6);
  }
  return Buffer.concat([header, Buffer.from(padded, 'latin1')]);
}

/** Padded to an even length (PS3.5 A.5). @param {Buffer} body */
function deflated(body) {
  const bytes = deflateRawSync(body);
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
}
