/** Packs pixels of a byte each, 0 or not, into bits: the first in the lowest bit of the first byte (PS3.5 8.1.1). */
export function packedBits(pixels: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(pixels.length / 8));
  for (let index = 0; index < pixels.length; index++) {
    if (pixels[index] !== 0) bytes[index >> 3]! |= 1 << (index & 7);
  }
  return bytes;
}

/** The reverse of {@link packedBits}: each pixel 0 or 1. */
export function unpackedBits(bytes: Uint8Array, count: number): Uint8Array {
  const pixels = new Uint8Array(count);
  for (let index = 0; index < count; index++) pixels[index] = (bytes[index >> 3]! >> (index & 7)) & 1;
  return pixels;
}

/**
 * A run of bits that need not begin on a byte boundary, as frame n of single-bit frames begins at bit n * rows * columns
 * (PS3.5 8.1.1). What lies past the end of `bytes` is 0, and so are the last byte's bits that are not asked for.
 * @returns a view of `bytes` where nothing has to be shifted or cleared, else a copy
 */
export function bitsAt(bytes: Uint8Array, bitOffset: number, bits: number): Uint8Array {
  const first = Math.floor(bitOffset / 8);
  const length = Math.ceil(bits / 8);
  const shift = bitOffset % 8;
  if (shift === 0 && bits % 8 === 0 && first + length <= bytes.length) return bytes.subarray(first, first + length);
  const shifted = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    const at = first + index;
    shifted[index] = ((bytes[at] ?? 0) >> shift) | ((bytes[at + 1] ?? 0) << (8 - shift));
  }
  if (bits % 8 !== 0) shifted[length - 1]! &= (1 << (bits % 8)) - 1;
  return shifted;
}
