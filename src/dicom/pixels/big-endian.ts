/**
 * Reads numbers of code streams and their boxes. They are big-endian, whatever the byte order of the data set. A number
 * past the end is NaN.
 */

/** An unsigned 16-bit number; NaN past the end. */
export function uint16At(bytes: Uint8Array, at: number): number {
  return at + 2 <= bytes.length ? bytes[at]! * 0x100 + bytes[at + 1]! : Number.NaN;
}

/** An unsigned 32-bit number; NaN past the end. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return uint16At(bytes, at) * 0x10000 + uint16At(bytes, at + 2);
}

/** Four bytes as text, for example the type of a box. */
export function fourAt(bytes: Uint8Array, at: number): string {
  return at + 4 <= bytes.length ? String.fromCharCode(...bytes.subarray(at, at + 4)) : '';
}

/** The position where four characters occur first. @returns -1 when they do not occur */
export function indexOfFour(bytes: Uint8Array, four: string): number {
  const first = four.charCodeAt(0);
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (fourAt(bytes, at) === four) return at;
  }
  return -1;
}
