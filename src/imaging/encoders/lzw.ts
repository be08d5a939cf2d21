import type { Pauses } from '../pauses';

const MOST_BITS = 12;
const MOST_CODES = 1 << MOST_BITS;
/** Hash slots for strings by prefix and next index: twice as many as strings, so that collisions are rare. */
const SLOT_BITS = 13;
const SLOTS = 1 << SLOT_BITS;
/** Spreads neighbouring numbers over the slots (2^32 divided by the golden ratio). */
const SPREAD = 0x9e3779b1;
const SUB_BLOCK = 255;
/** Indices that are counted together. */
const STEP = 1 << 16;

/** The image data of a GIF (GIF89a appendix F): 8-bit indices, compressed, in sub-blocks with a terminator. */
export async function compressIndices(indices: Uint8Array, pauses: Pauses): Promise<Uint8Array> {
  const clear = 256;
  const end = clear + 1;
  const keys = new Int32Array(SLOTS);
  const codes = new Uint16Array(SLOTS);
  const blocks = new SubBlocks();
  let next = end + 1;
  let bits = 9;
  const forget = () => {
    blocks.put(clear, bits);
    keys.fill(-1);
    next = end + 1;
    bits = 9;
  };
  forget();
  let prefix = indices[0] ?? 0;
  for (let at = 1; at < indices.length; at++) {
    if (at % STEP === 0 && pauses.due(STEP)) await pauses.pause();
    const index = indices[at]!;
    const key = (prefix << 8) | index;
    let slot = Math.imul(key, SPREAD) >>> (32 - SLOT_BITS);
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) % SLOTS;
    if (keys[slot] === key) {
      prefix = codes[slot]!;
      continue;
    }
    blocks.put(prefix, bits);
    prefix = index;
    if (next === MOST_CODES) forget();
    else {
      // The decoder is one string behind, so the width of codes grows when the next code needs it.
      if (next === 1 << bits) bits++;
      keys[slot] = key;
      codes[slot] = next++;
    }
  }
  blocks.put(prefix, bits);
  if (next === 1 << bits && bits < MOST_BITS) bits++;
  blocks.put(end, bits);
  return blocks.finish();
}

/** Writes codes of varying width, lowest bits first, in blocks of up to 255 bytes. Each block begins with its length. */
class SubBlocks {
  #bytes = new Uint8Array(1 << 16);
  #length = 1;
  #block = 0;
  #pending = 0;
  #pendingBits = 0;

  put(code: number, bits: number): void {
    this.#pending |= code << this.#pendingBits;
    this.#pendingBits += bits;
    while (this.#pendingBits >= 8) {
      this.#byte(this.#pending & 0xff);
      this.#pending >>>= 8;
      this.#pendingBits -= 8;
    }
  }

  finish(): Uint8Array {
    if (this.#pendingBits > 0) this.#byte(this.#pending);
    const filled = this.#length - this.#block - 1;
    this.#bytes[this.#block] = filled;
    // An empty block ends the data. The current block can be this one.
    return filled === 0 ? this.#bytes.slice(0, this.#length) : this.#ended();
  }

  #ended(): Uint8Array {
    const bytes = new Uint8Array(this.#length + 1);
    bytes.set(this.#bytes.subarray(0, this.#length));
    return bytes;
  }

  #byte(value: number): void {
    if (this.#length + 2 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
    if (this.#length - this.#block - 1 === SUB_BLOCK) {
      this.#bytes[this.#block] = SUB_BLOCK;
      this.#block = this.#length++;
      this.#bytes[this.#block] = 0;
    }
  }
}
