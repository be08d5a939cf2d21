/** RLE Lossless: PS3.5 annex G. */

const HEADER_BYTES = 64;

/** Bytes that one byte of a packed segment stands for at most: PS3.5 G.3.1. */
const LONGEST = 128;

/**
 * Packs a frame of one sample a pixel. Each byte of the samples has a segment of its own, the highest first (G.2), and each row is
 * packed separately (G.3.1).
 * @param {Uint8Array} frame of `rows * columns * size` bytes, little endian
 * @param {{ rows: number, columns: number, size: number }} of size: bytes of a sample
 * @returns {Buffer} of even length
 */
export function packFrame(frame, { rows, columns, size }) {
  const worst = rows * (columns + Math.ceil(columns / LONGEST)) + 1;
  const packed = Buffer.alloc(HEADER_BYTES + worst * size);
  packed.writeUInt32LE(size, 0);
  const row = new Uint8Array(columns);
  let at = HEADER_BYTES;
  for (let segment = 0; segment < size; segment++) {
    packed.writeUInt32LE(at, 4 + 4 * segment);
    const byte = size - 1 - segment;
    for (let line = 0; line < rows; line++) {
      const from = line * columns * size + byte;
      for (let column = 0; column < columns; column++)
        row[column] = /** @type {number} */ (frame[from + column * size]);
      at = packRow(row, packed, at);
    }
    at += at % 2;
  }
  return packed.subarray(0, at);
}

/**
 * @param {Uint8Array} row
 * @param {Uint8Array} packed
 * @param {number} start
 * @returns {number} the end of what was written
 */
function packRow(row, packed, start) {
  let at = start;
  for (let from = 0; from < row.length; ) {
    const repeated = runAt(row, from);
    if (repeated > 1) {
      packed[at++] = 257 - repeated;
      packed[at++] = /** @type {number} */ (row[from]);
      from += repeated;
      continue;
    }
    let end = from + 1;
    // A pair of equal bytes between others is not worth a run.
    while (end < row.length && end - from < LONGEST && runAt(row, end) < 3) end++;
    packed[at++] = end - from - 1;
    packed.set(row.subarray(from, end), at);
    at += end - from;
    from = end;
  }
  return at;
}

/**
 * How many equal bytes follow each other.
 * @param {Uint8Array} row
 * @param {number} from
 */
function runAt(row, from) {
  let end = from + 1;
  while (end < row.length && end - from < LONGEST && row[end] === row[from]) end++;
  return end - from;
}

/**
 * Unpacks what `packFrame` has packed, by G.3.2, so that it can be compared before the original is given up.
 * @param {Buffer} packed
 * @param {{ rows: number, columns: number, size: number }} of
 * @returns {Uint8Array | undefined} undefined, if it is no such frame
 */
export function unpackFrame(packed, { rows, columns, size }) {
  const pixels = rows * columns;
  const frame = new Uint8Array(pixels * size);
  if (packed.length < HEADER_BYTES || packed.readUInt32LE(0) !== size) return undefined;
  for (let segment = 0; segment < size; segment++) {
    const begin = packed.readUInt32LE(4 + 4 * segment);
    const next = segment === size - 1 ? packed.length : packed.readUInt32LE(8 + 4 * segment);
    const end = Math.min(next, packed.length);
    const byte = size - 1 - segment;
    let pixel = 0;
    for (let at = begin; at < end && pixel < pixels; ) {
      const head = packed.readInt8(at++);
      if (head === -128) continue;
      const count = head < 0 ? 1 - head : head + 1;
      if (pixel + count > pixels || at + (head < 0 ? 1 : count) > end) return undefined;
      for (let each = 0; each < count; each++, pixel++) {
        frame[pixel * size + byte] = /** @type {number} */ (packed[head < 0 ? at : at + each]);
      }
      at += head < 0 ? 1 : count;
    }
    if (pixel !== pixels) return undefined;
  }
  return frame;
}
