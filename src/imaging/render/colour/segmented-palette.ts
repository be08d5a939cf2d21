/** The largest number of entries of a table (PS3.3 C.7.6.3.1.5). */
const MOST_ENTRIES = 0x10000;

const DISCRETE = 0;
const LINEAR = 1;
const INDIRECT = 2;

/**
 * Expands a Segmented Palette Color Lookup Table (PS3.3 C.7.9.2), which has discrete segments, linear segments, and
 * references to earlier segments.
 * @param wide whether opcodes, lengths and values have 16 bits instead of 8
 * @returns the entries of all valid segments, 65536 at most
 */
export function unfoldSegments(bytes: Uint8Array, wide: boolean): Uint16Array {
  const words = wide ? bytes.length >> 1 : bytes.length;
  const word = (at: number) => (wide ? (bytes[at * 2] ?? 0) | ((bytes[at * 2 + 1] ?? 0) << 8) : (bytes[at] ?? 0));
  const entries: number[] = [];

  /** @returns the position of the next segment; undefined when there is none */
  const segment = (at: number, nested: boolean): number | undefined => {
    if (at + 2 > words || entries.length >= MOST_ENTRIES) return undefined;
    const length = word(at + 1);
    switch (word(at)) {
      case DISCRETE:
        for (let i = 0; i < length && at + 2 + i < words; i++) entries.push(word(at + 2 + i));
        return at + 2 + length;
      case LINEAR: {
        const from = entries.at(-1) ?? 0;
        const to = word(at + 2);
        for (let i = 1; i <= length; i++) entries.push(Math.round(from + ((to - from) * i) / length));
        return at + 3;
      }
      case INDIRECT: {
        if (nested) return undefined;
        const offset = wide
          ? (word(at + 2) + word(at + 3) * 0x10000) / 2
          : word(at + 2) + word(at + 3) * 0x100 + word(at + 4) * 0x10000;
        let earlier: number | undefined = Math.floor(offset);
        for (let i = 0; i < length && earlier !== undefined; i++) earlier = segment(earlier, true);
        return at + (wide ? 4 : 6);
      }
      default:
        return undefined;
    }
  };

  for (let at: number | undefined = 0; at !== undefined; ) at = segment(at, false);
  return Uint16Array.from(entries.slice(0, MOST_ENTRIES));
}
