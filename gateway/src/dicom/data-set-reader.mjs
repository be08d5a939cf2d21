import { TransferSyntax } from './transfer-syntaxes.mjs';

/**
 * @typedef {object} Element
 * @property {string | undefined} vr undefined in implicit VR
 * @property {Buffer} value empty for a sequence
 * @property {DataSet[] | undefined} items of a sequence
 *
 * @typedef {Map<number, Element>} DataSet by tag
 */

const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const UNDEFINED = 0xffffffff;

/** VRs with a length of 32 bits in explicit VR: PS3.5 7.1.2. */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

const DEEPEST = 16;

/** The bytes are no data set in their transfer syntax. */
export class UnreadableDataSet extends Error {
  constructor() {
    super('the data set cannot be read');
    this.name = 'UnreadableDataSet';
  }
}

/**
 * Reads a whole data set: an identifier or the information of an action. Instances never come here.
 * @param {Buffer} bytes
 * @param {string} transferSyntaxUID explicit or implicit VR little endian
 * @returns {DataSet}
 * @throws {UnreadableDataSet}
 */
export function readDataSet(bytes, transferSyntaxUID) {
  const reader = new Reader(bytes);
  return reader.dataSet(bytes.length, transferSyntaxUID !== TransferSyntax.ImplicitVRLittleEndian, 0);
}

class Reader {
  #bytes;
  #at = 0;

  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  /**
   * @param {number} end where the data set ends; UNDEFINED: at a delimiter
   * @param {boolean} explicit
   * @param {number} depth
   * @returns {DataSet}
   */
  dataSet(end, explicit, depth) {
    /** @type {DataSet} */
    const dataSet = new Map();
    while (end === UNDEFINED || this.#at < end) {
      const tag = this.#tag();
      if (tag === ITEM_END && end === UNDEFINED) {
        this.#number(4);
        return dataSet;
      }
      if (tag >= ITEM) throw new UnreadableDataSet();
      dataSet.set(tag, this.#element(explicit, depth));
    }
    if (this.#at !== end) throw new UnreadableDataSet();
    return dataSet;
  }

  /**
   * @param {boolean} explicit
   * @param {number} depth
   * @returns {Element}
   */
  #element(explicit, depth) {
    const vr = explicit ? this.#take(2).toString('latin1') : undefined;
    if (vr !== undefined && !/^[A-Z]{2}$/.test(vr)) throw new UnreadableDataSet();
    if (vr !== undefined && LONG.has(vr)) this.#take(2);
    const length = this.#number(vr === undefined || LONG.has(vr) ? 4 : 2);
    const isSequence = vr === 'SQ' || length === UNDEFINED || (vr === undefined && this.#beginsItem(length));
    if (!isSequence) return { vr, value: this.#take(length), items: undefined };
    // PS3.5 6.2.2: what is in a value of unknown VR and undefined length is implicit.
    const items = this.#items(length, explicit && vr !== 'UN', depth + 1);
    return { vr, value: Buffer.alloc(0), items };
  }

  /**
   * @param {number} length
   * @param {boolean} explicit
   * @param {number} depth
   */
  #items(length, explicit, depth) {
    if (depth > DEEPEST) throw new UnreadableDataSet();
    const end = length === UNDEFINED ? UNDEFINED : this.#at + length;
    /** @type {DataSet[]} */
    const items = [];
    while (end === UNDEFINED || this.#at < end) {
      const tag = this.#tag();
      const itemLength = this.#number(4);
      if (tag === SEQUENCE_END && end === UNDEFINED) return items;
      if (tag !== ITEM) throw new UnreadableDataSet();
      items.push(this.dataSet(itemLength === UNDEFINED ? UNDEFINED : this.#at + itemLength, explicit, depth));
    }
    return items;
  }

  /**
   * In implicit VR only its content tells a sequence.
   * @param {number} length
   */
  #beginsItem(length) {
    return length >= 8 && this.#at + 4 <= this.#bytes.length && this.#bytes.readUInt32LE(this.#at) === 0xe000fffe;
  }

  #tag() {
    return this.#number(2) * 0x10000 + this.#number(2);
  }

  /** @param {2 | 4} size */
  #number(size) {
    return this.#take(size).readUIntLE(0, size);
  }

  /** @param {number} length */
  #take(length) {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new UnreadableDataSet();
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }
}
