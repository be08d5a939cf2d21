/** VRs with a length of 32 bits in explicit VR: PS3.5 7.1.2. */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const UNDEFINED = 0xffffffff;

/**
 * Rewrites a data set from explicit to implicit VR little endian while it passes: headers lose their VR, values stay as
 * they are. Sequences and items lose their lengths, which are different in implicit VR, and end with delimiters. Some files end
 * within their pixels: the value then has the length of what is there.
 * @param {AsyncIterable<Uint8Array>} explicit
 * @param {number} [bytes] of the data set, if that is known
 * @returns {AsyncGenerator<Buffer>}
 * @throws {Error} for bytes that are no data set
 */
export async function* implicitFromExplicit(explicit, bytes = Number.POSITIVE_INFINITY) {
  const source = new Source(explicit);
  /** Where the open sequences and items end; UNDEFINED: at a delimiter. */
  const open = /** @type {{ isItem: boolean, end: number }[]} */ ([]);
  for (;;) {
    for (let top = open.at(-1); top && top.end === source.at; top = open.at(-1)) {
      open.pop();
      yield head(top.isItem ? ITEM_END : SEQUENCE_END, 0);
    }
    const start = await source.take(4, open.length === 0);
    if (start === undefined) return;
    const tag = start.readUInt16LE(0) * 0x10000 + start.readUInt16LE(2);
    if (tag === ITEM || tag === ITEM_END || tag === SEQUENCE_END) {
      const length = (await source.exactly(4)).readUInt32LE(0);
      if (tag === ITEM) open.push({ isItem: true, end: length === UNDEFINED ? UNDEFINED : source.at + length });
      else open.pop();
      yield head(tag, tag === ITEM ? UNDEFINED : 0);
      continue;
    }
    const vr = (await source.exactly(2)).toString('latin1');
    if (!/^[A-Z]{2}$/.test(vr)) throw new Error('the data set is not in explicit VR');
    if (LONG.has(vr)) await source.exactly(2);
    const length = LONG.has(vr) ? (await source.exactly(4)).readUInt32LE(0) : (await source.exactly(2)).readUInt16LE(0);
    if (vr === 'SQ') {
      open.push({ isItem: false, end: length === UNDEFINED ? UNDEFINED : source.at + length });
      yield head(tag, UNDEFINED);
      continue;
    }
    // Compressed pixels are not sent in implicit VR. An unknown value of undefined length is implicit already (PS3.5 6.2.2).
    if (length === UNDEFINED) throw new Error('a value of undefined length');
    const there = open.length === 0 ? Math.min(length, bytes - source.at) : length;
    yield head(tag, there + (there % 2));
    for (let left = there; left > 0; ) {
      const piece = await source.some(left);
      left -= piece.length;
      yield piece;
    }
    if (there % 2 === 1) yield Buffer.alloc(1);
  }
}

/**
 * @param {number} tag
 * @param {number} length
 */
function head(tag, length) {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}

/** The bytes of a stream in pieces of wanted lengths. */
class Source {
  #pieces;
  /** @type {Buffer} */
  #held = Buffer.alloc(0);
  /** The number of bytes that were taken. */
  at = 0;

  /** @param {AsyncIterable<Uint8Array>} pieces */
  constructor(pieces) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /**
   * @param {number} length
   * @param {boolean} mayEnd
   * @returns {Promise<Buffer | undefined>} undefined at the end
   */
  async take(length, mayEnd) {
    while (this.#held.length < length) {
      if (await this.#fill()) continue;
      if (this.#held.length === 0 && mayEnd) return undefined;
      throw new Error('the data set is cut short');
    }
    return this.#cut(length);
  }

  /** @param {number} length */
  async exactly(length) {
    return /** @type {Buffer} */ (await this.take(length, false));
  }

  /** @param {number} most bytes; at least one is taken */
  async some(most) {
    while (this.#held.length === 0) if (!(await this.#fill())) throw new Error('the data set is cut short');
    return this.#cut(Math.min(most, this.#held.length));
  }

  /** @returns {Promise<boolean>} whether there was a piece */
  async #fill() {
    const { value, done } = await this.#pieces.next();
    if (done) return false;
    const piece = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#held = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    return true;
  }

  /** @param {number} length */
  #cut(length) {
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    this.at += length;
    return bytes;
  }
}
