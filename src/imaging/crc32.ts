/** The number of bytes that one step processes. */
const STEP = 16;

/** `TABLES[n * 256 + byte]`: the contribution of a byte that is followed by n bytes. Filled on first use. */
let tables: Int32Array | undefined;

function makeTables(): Int32Array {
  const made = new Int32Array(STEP * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
    made[byte] = sum;
  }
  for (let at = 256; at < made.length; at += 1) {
    const before = made[at - 256]!;
    made[at] = (before >>> 8) ^ made[before & 0xff]!;
  }
  return made;
}

/** x^32 + x^26 + x^23 + ... + 1, its least significant bit first (ISO 3309, ITU-T V.42 8.1.1.6.2). */
const POLYNOMIAL = 0xedb88320;

/**
 * The CRC-32 of ZIP and PNG, for bytes that arrive in pieces. Sixteen tables process sixteen bytes per step.
 * @param before the CRC-32 of the bytes before these; 0 at the beginning
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const t = tables;
  let sum = ~before;
  let at = 0;
  for (const last = bytes.length - STEP; at <= last; at += STEP) {
    sum ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    sum =
      t[0xf00 + (sum & 0xff)]! ^
      t[0xe00 + ((sum >>> 8) & 0xff)]! ^
      t[0xd00 + ((sum >>> 16) & 0xff)]! ^
      t[0xc00 + (sum >>> 24)]! ^
      t[0xb00 + bytes[at + 4]!]! ^
      t[0xa00 + bytes[at + 5]!]! ^
      t[0x900 + bytes[at + 6]!]! ^
      t[0x800 + bytes[at + 7]!]! ^
      t[0x700 + bytes[at + 8]!]! ^
      t[0x600 + bytes[at + 9]!]! ^
      t[0x500 + bytes[at + 10]!]! ^
      t[0x400 + bytes[at + 11]!]! ^
      t[0x300 + bytes[at + 12]!]! ^
      t[0x200 + bytes[at + 13]!]! ^
      t[0x100 + bytes[at + 14]!]! ^
      t[bytes[at + 15]!]!;
  }
  for (; at < bytes.length; at += 1) sum = (sum >>> 8) ^ t[(sum ^ bytes[at]!) & 0xff]!;
  return ~sum >>> 0;
}
