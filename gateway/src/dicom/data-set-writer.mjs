import { TransferSyntax } from './transfer-syntaxes.mjs';

/**
 * @typedef {object} JSONAttribute PS3.18 F.2.2
 * @property {string} vr
 * @property {readonly unknown[]} [Value]
 * @property {string} [InlineBinary]
 *
 * @typedef {Record<string, JSONAttribute>} JSONDataSet by tag, eight hexadecimal digits
 */

const SPECIFIC_CHARACTER_SET = '00080005';

/** VRs with a length of 32 bits in explicit VR: PS3.5 7.1.2. */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

/** @type {Record<string, [bytes: number, write: (buffer: Buffer, value: any) => void]>} */
const NUMBERS = {
  US: [2, (buffer, value) => buffer.writeUInt16LE(Number(value) & 0xffff)],
  SS: [2, (buffer, value) => buffer.writeInt16LE(Number(value))],
  UL: [4, (buffer, value) => buffer.writeUInt32LE(Number(value) >>> 0)],
  SL: [4, (buffer, value) => buffer.writeInt32LE(Number(value))],
  FL: [4, (buffer, value) => buffer.writeFloatLE(Number(value))],
  FD: [8, (buffer, value) => buffer.writeDoubleLE(Number(value))],
  UV: [8, (buffer, value) => buffer.writeBigUInt64LE(BigInt(value))],
  SV: [8, (buffer, value) => buffer.writeBigInt64LE(BigInt(value))],
  AT: [4, (buffer, value) => writeTag(buffer, String(value))],
};

/**
 * Writes a data set of the DICOM JSON Model (PS3.18 F.2), in the order of the tags. If a text is not ASCII, the data set
 * is in UTF-8 and says so (PS3.3 C.12.1.1.2). Values that are elsewhere (BulkDataURI) become empty.
 * @param {JSONDataSet} dataSet
 * @param {string} transferSyntaxUID explicit or implicit VR little endian
 * @returns {Buffer}
 */
export function writeDataSet(dataSet, transferSyntaxUID) {
  const { [SPECIFIC_CHARACTER_SET]: _, ...others } = dataSet;
  const explicit = transferSyntaxUID !== TransferSyntax.ImplicitVRLittleEndian;
  const bytes = written(others, explicit);
  // UTF-8 has such bytes only in texts; binary values with such bytes do no harm.
  if (bytes.every((byte) => byte < 0x80)) return bytes;
  return written({ ...others, [SPECIFIC_CHARACTER_SET]: { vr: 'CS', Value: ['ISO_IR 192'] } }, explicit);
}

/**
 * @param {JSONDataSet} dataSet
 * @param {boolean} explicit
 * @returns {Buffer}
 */
function written(dataSet, explicit) {
  const parts = [];
  for (const tag of Object.keys(dataSet).sort()) {
    const attribute = /** @type {JSONAttribute} */ (dataSet[tag]);
    const value = bytesOf(attribute, explicit);
    parts.push(header(tag, attribute.vr, value.length, explicit), value);
  }
  return Buffer.concat(parts);
}

/**
 * @param {string} tag
 * @param {string} vr
 * @param {number} length
 * @param {boolean} explicit
 */
function header(tag, vr, length, explicit) {
  // PS3.5 6.2.2: a value that is too long for the short form is of unknown VR.
  const shown = length > 0xfffe && !LONG.has(vr) ? 'UN' : vr;
  const head = Buffer.alloc(explicit && LONG.has(shown) ? 12 : 8);
  writeTag(head, tag);
  if (explicit) head.write(shown, 4, 'latin1');
  if (explicit && head.length === 8) head.writeUInt16LE(length, 6);
  else head.writeUInt32LE(length, head.length - 4);
  return head;
}

/**
 * @param {JSONAttribute} attribute
 * @param {boolean} explicit
 * @returns {Buffer} of even length
 */
function bytesOf({ vr, Value = [], InlineBinary }, explicit) {
  if (vr === 'SQ') {
    return Buffer.concat(
      Value.flatMap((item) => {
        const content = written(/** @type {JSONDataSet} */ (item ?? {}), explicit);
        const head = Buffer.alloc(8);
        writeTag(head, 'FFFEE000');
        head.writeUInt32LE(content.length, 4);
        return [head, content];
      }),
    );
  }
  const number = NUMBERS[vr];
  if (number) {
    const [size, write] = number;
    const numbers = Value.filter((value) => value !== null);
    return Buffer.concat(
      numbers.map((value) => {
        const buffer = Buffer.alloc(size);
        write(buffer, value);
        return buffer;
      }),
    );
  }
  if (InlineBinary !== undefined) return padded(Buffer.from(InlineBinary, 'base64'), '\0');
  const texts = Value.map((value) => (vr === 'PN' ? nameText(value) : String(value ?? '')));
  return padded(Buffer.from(texts.join('\\'), 'utf8'), vr === 'UI' ? '\0' : ' ');
}

/** @param {unknown} name with its component groups: PS3.5 6.2.1.2 */
function nameText(name) {
  if (name === null || typeof name !== 'object') return String(name ?? '');
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = /** @type {Record<string, string>} */ (name);
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '');
}

/**
 * @param {Buffer} bytes
 * @param {string} pad
 */
function padded(bytes, pad) {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(pad)]);
}

/**
 * @param {Buffer} buffer
 * @param {string} tag
 */
function writeTag(buffer, tag) {
  buffer.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  buffer.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
}
