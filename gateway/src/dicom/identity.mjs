import { constants, inflateRawSync } from 'node:zlib';
import { TransferSyntax } from './transfer-syntaxes.mjs';

/**
 * @typedef {object} Identity the UIDs at the beginning of a data set; those that are not there are undefined
 * @property {string | undefined} sopClassUID
 * @property {string | undefined} sopInstanceUID
 * @property {string | undefined} studyInstanceUID
 * @property {string | undefined} seriesInstanceUID
 *
 * @typedef {object} Found
 * @property {Identity} identity
 * @property {'complete' | 'more' | 'unreadable'} state complete: nothing more can come; more: the bytes end before
 */

const WANTED = new Map([
  [0x00080016, 'sopClassUID'],
  [0x00080018, 'sopInstanceUID'],
  [0x0020000d, 'studyInstanceUID'],
  [0x0020000e, 'seriesInstanceUID'],
]);
const LAST_WANTED = 0x0020000e;

const ITEM = 0xfffee000;
const ITEM_DELIMITATION = 0xfffee00d;
const SEQUENCE_DELIMITATION = 0xfffee0dd;
const UNDEFINED_LENGTH = 0xffffffff;

/** VRs with a length of 32 bits: PS3.5 7.1.2. */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

const DEFLATED = new Set([TransferSyntax.DeflatedExplicitVRLittleEndian, '1.2.840.10008.1.2.4.95']);

/** Deeper sequences before the Study Instance UID are not followed. */
const DEEPEST = 32;

class NeedMore extends Error {}
class Unreadable extends Error {}

/**
 * Finds the UIDs of an instance.
 * @param {Buffer} head the first bytes of the data set, or all
 * @param {string} transferSyntaxUID
 * @param {boolean} isWhole whether the data set ends with these bytes
 * @returns {Found}
 */
export function findIdentity(head, transferSyntaxUID, isWhole) {
  /** @type {Record<string, string>} */
  const found = {};
  let state = /** @type {Found['state']} */ ('complete');
  try {
    const bytes = DEFLATED.has(/** @type {any} */ (transferSyntaxUID)) ? inflated(head) : head;
    const reader = new ElementReader(bytes, transferSyntaxUID);
    if (bytes.length === 0 && !isWhole) state = 'more';
    while (reader.at < bytes.length) {
      const { tag, length, at } = reader.element();
      if (tag > LAST_WANTED) {
        // The data set has none of the UIDs. The next element shows whether these bytes are elements at all.
        if (Object.keys(found).length === 0) reader.skip(length, 0);
        break;
      }
      const keyword = WANTED.get(tag);
      reader.skip(length, 0);
      if (keyword) found[keyword] = uid(bytes.subarray(at, reader.at));
      if (tag === LAST_WANTED) break;
      if (reader.at === bytes.length && !isWhole) state = 'more';
    }
  } catch (error) {
    if (error instanceof NeedMore) state = isWhole ? 'unreadable' : 'more';
    else state = 'unreadable';
  }
  const { sopClassUID, sopInstanceUID, studyInstanceUID, seriesInstanceUID } = found;
  return { identity: { sopClassUID, sopInstanceUID, studyInstanceUID, seriesInstanceUID }, state };
}

/** Reads the headers of elements (PS3.5 chapter 7). */
class ElementReader {
  at = 0;
  #bytes;
  #explicit;
  #bigEndian;

  /**
   * @param {Buffer} bytes
   * @param {string} transferSyntaxUID
   */
  constructor(bytes, transferSyntaxUID) {
    this.#bytes = bytes;
    this.#explicit = transferSyntaxUID !== TransferSyntax.ImplicitVRLittleEndian;
    this.#bigEndian = transferSyntaxUID === TransferSyntax.ExplicitVRBigEndian;
  }

  /** Reads a header; `at` of the reader is then at the value. */
  element() {
    const tag = this.#number(2) * 0x10000 + this.#number(2);
    const length = this.#explicit && tag < 0xfffe0000 ? this.#lengthAfterVR() : this.#number(4);
    return { tag, length, at: this.at };
  }

  /**
   * Moves to the end of a value.
   * @param {number} length
   * @param {number} depth
   */
  skip(length, depth) {
    if (length !== UNDEFINED_LENGTH) {
      if (this.at + length > this.#bytes.length) throw new NeedMore();
      this.at += length;
      return;
    }
    if (depth > DEEPEST) throw new Unreadable();
    for (;;) {
      const item = this.element();
      if (item.tag === SEQUENCE_DELIMITATION) return;
      if (item.tag !== ITEM) throw new Unreadable();
      if (item.length === UNDEFINED_LENGTH) this.#skipItem(depth + 1);
      else this.skip(item.length, depth);
    }
  }

  /** @param {number} depth */
  #skipItem(depth) {
    for (;;) {
      const { tag, length } = this.element();
      if (tag === ITEM_DELIMITATION) return;
      this.skip(length, depth);
    }
  }

  #lengthAfterVR() {
    if (this.at + 4 > this.#bytes.length) throw new NeedMore();
    const vr = this.#bytes.toString('latin1', this.at, this.at + 2);
    // Some systems write single elements without VR.
    if (!/^[A-Z]{2}$/.test(vr)) return this.#number(4);
    this.at += 2;
    if (!LONG.has(vr)) return this.#number(2);
    this.at += 2;
    return this.#number(4);
  }

  /** @param {2 | 4} size */
  #number(size) {
    if (this.at + size > this.#bytes.length) throw new NeedMore();
    const from = this.at;
    this.at += size;
    return this.#bigEndian ? this.#bytes.readUIntBE(from, size) : this.#bytes.readUIntLE(from, size);
  }
}

/** @param {Buffer} head */
function inflated(head) {
  try {
    return inflateRawSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 16 * 1024 * 1024 });
  } catch {
    throw new Unreadable();
  }
}

/** @param {Buffer} value */
function uid(value) {
  return value
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trim();
}
