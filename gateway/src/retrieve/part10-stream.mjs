/** Bytes. File meta information is small: a file with a longer one is no Part 10 file. */
const MOST_META_BYTES = 1024 * 1024;

/** Where the elements begin, after the preamble and the prefix. */
const META_FROM = 132;

/** VRs whose length has 32 bits: PS3.5 7.1.2. */
const LONG = new Set(['OB', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT']);

/**
 * @typedef {object} Part10 a file that is being read
 * @property {string | undefined} transferSyntaxUID undefined, if there is no file meta information
 * @property {AsyncIterable<Uint8Array>} dataSet what follows the file meta information, once
 * @property {number} from where the data set begins
 */

/**
 * Reads the head of a Part 10 file (PS3.10 7.1), and leaves the data set in the stream. The file meta information ends where
 * the group 0002 ends: in some files its length is wrong or absent.
 * @param {AsyncIterable<Buffer>} file
 * @returns {Promise<Part10>}
 * @throws {Error} when the file ends before its data set begins
 */
export async function openPart10(file) {
  const head = new Head(file);
  const isPart10 = (await head.fill(META_FROM)) && head.bytes.toString('latin1', 128, META_FROM) === 'DICM';
  if (!isPart10) return { transferSyntaxUID: undefined, dataSet: head.rest(0), from: 0 };
  /** @type {string | undefined} */
  let transferSyntaxUID;
  let at = META_FROM;
  while ((await head.fill(at + 8)) && head.bytes.readUInt16LE(at) === 2) {
    const isLong = LONG.has(head.bytes.toString('latin1', at + 4, at + 6));
    const from = at + (isLong ? 12 : 8);
    await head.require(from);
    const end = from + (isLong ? head.bytes.readUInt32LE(at + 8) : head.bytes.readUInt16LE(at + 6));
    if (end > MOST_META_BYTES) throw new Error('the file meta information is unusual');
    await head.require(end);
    if (head.bytes.readUInt16LE(at + 2) === 0x0010) {
      transferSyntaxUID = head.bytes.toString('latin1', from, end).replace(/[\0 ]+$/, '');
    }
    at = end;
  }
  return { transferSyntaxUID, dataSet: head.rest(at), from: at };
}

/** The beginning of a stream, as far as it was needed. */
class Head {
  #pieces;
  #hasEnded = false;
  /** @type {Buffer} */
  bytes = Buffer.alloc(0);

  /** @param {AsyncIterable<Buffer>} pieces */
  constructor(pieces) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /**
   * @param {number} length
   * @returns {Promise<boolean>} whether the stream has this number of bytes
   */
  async fill(length) {
    while (this.bytes.length < length && !this.#hasEnded) {
      const { value, done } = await this.#pieces.next();
      if (done) this.#hasEnded = true;
      else this.bytes = this.bytes.length === 0 ? value : Buffer.concat([this.bytes, value]);
    }
    return this.bytes.length >= length;
  }

  /** @param {number} length */
  async require(length) {
    if (!(await this.fill(length))) throw new Error('the file ends in its file meta information');
  }

  /**
   * What was read from a place on, and what follows it.
   * @param {number} from
   * @returns {AsyncGenerator<Uint8Array>}
   */
  async *rest(from) {
    if (this.bytes.length > from) yield this.bytes.subarray(from);
    this.bytes = Buffer.alloc(0);
    while (!this.#hasEnded) {
      const { value, done } = await this.#pieces.next();
      if (done) return;
      yield value;
    }
  }
}
