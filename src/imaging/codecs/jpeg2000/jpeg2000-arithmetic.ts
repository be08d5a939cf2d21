/**
 * ITU-T T.800 table C.2. For each state: the probability, the next states after the more and after the less probable
 * symbol, and whether the two symbols are exchanged.
 */
const STATES: readonly (readonly [number, number, number, 0 | 1])[] = [
  ...([
    [0x5601, 1, 1, 1],
    [0x3401, 2, 6, 0],
    [0x1801, 3, 9, 0],
    [0x0ac1, 4, 12, 0],
    [0x0521, 5, 29, 0],
  ] as const),
  ...([
    [0x0221, 38, 33, 0],
    [0x5601, 7, 6, 1],
    [0x5401, 8, 14, 0],
    [0x4801, 9, 14, 0],
    [0x3801, 10, 14, 0],
  ] as const),
  ...([
    [0x3001, 11, 17, 0],
    [0x2401, 12, 18, 0],
    [0x1c01, 13, 20, 0],
    [0x1601, 29, 21, 0],
  ] as const),
  ...([
    [0x5601, 15, 14, 1],
    [0x5401, 16, 14, 0],
    [0x5101, 17, 15, 0],
    [0x4801, 18, 16, 0],
  ] as const),
  ...([
    [0x3801, 19, 17, 0],
    [0x3401, 20, 18, 0],
    [0x3001, 21, 19, 0],
    [0x2801, 22, 19, 0],
  ] as const),
  ...([
    [0x2401, 23, 20, 0],
    [0x2201, 24, 21, 0],
    [0x1c01, 25, 22, 0],
    [0x1801, 26, 23, 0],
  ] as const),
  ...([
    [0x1601, 27, 24, 0],
    [0x1401, 28, 25, 0],
    [0x1201, 29, 26, 0],
    [0x1101, 30, 27, 0],
  ] as const),
  ...([
    [0x0ac1, 31, 28, 0],
    [0x09c1, 32, 29, 0],
    [0x08a1, 33, 30, 0],
    [0x0521, 34, 31, 0],
  ] as const),
  ...([
    [0x0441, 35, 32, 0],
    [0x02a1, 36, 33, 0],
    [0x0221, 37, 34, 0],
    [0x0141, 38, 35, 0],
  ] as const),
  ...([
    [0x0111, 39, 36, 0],
    [0x0085, 40, 37, 0],
    [0x0049, 41, 38, 0],
    [0x0025, 42, 39, 0],
  ] as const),
  ...([
    [0x0015, 43, 40, 0],
    [0x0009, 44, 41, 0],
    [0x0005, 45, 42, 0],
    [0x0001, 45, 43, 0],
  ] as const),
  ...([[0x5601, 46, 46, 0]] as const),
];
const PROBABILITY = Uint16Array.from(STATES, ([probability]) => probability);
/** Indexed by twice the state, plus the more probable symbol: the next value of the same kind. */
const AFTER_MORE = Uint8Array.from(STATES.flatMap(([, more]) => [2 * more, 2 * more + 1]));
const AFTER_LESS = Uint8Array.from(
  STATES.flatMap(([, , less, changes]) => [2 * less + changes, 2 * less + 1 - changes]),
);

/** Contexts of coefficients (T.800 tables D.1 to D.4), and those that do not start at zero (table D.7). */
export const CONTEXTS = 19;
export const RUN_LENGTH = 17;
export const UNIFORM = 18;

/** Sets all contexts to their initial states. */
export function resetContexts(contexts: Uint8Array): void {
  contexts.fill(0);
  contexts[0] = 2 * 4;
  contexts[RUN_LENGTH] = 2 * 3;
  contexts[UNIFORM] = 2 * 46;
}

/** Decodes the arithmetic code (T.800 C.3) of one codeword segment. After its end, ones are read. */
export class ArithmeticDecoder {
  #code: number;
  #interval = 0x8000;
  #shifts = 0;
  #at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly contexts: Uint8Array,
  ) {
    this.#code = (bytes[0] ?? 0xff) << 16;
    this.#byteIn();
    this.#code <<= 7;
    this.#shifts -= 7;
  }

  /** Decodes the next symbol in a context: 0 or 1. */
  decode(context: number): number {
    const { contexts } = this;
    const state = contexts[context]!;
    const probability = PROBABILITY[state >> 1]!;
    let symbol = state & 1;
    this.#interval -= probability;
    if (this.#code >>> 16 < probability) {
      // This is the less probable interval, unless it has become the larger one.
      if (this.#interval < probability) contexts[context] = AFTER_MORE[state]!;
      else {
        symbol ^= 1;
        contexts[context] = AFTER_LESS[state]!;
      }
      this.#interval = probability;
    } else {
      this.#code -= probability << 16;
      if ((this.#interval & 0x8000) !== 0) return symbol;
      if (this.#interval < probability) {
        symbol ^= 1;
        contexts[context] = AFTER_LESS[state]!;
      } else contexts[context] = AFTER_MORE[state]!;
    }
    do {
      if (this.#shifts === 0) this.#byteIn();
      this.#interval <<= 1;
      this.#code <<= 1;
      this.#shifts--;
    } while ((this.#interval & 0x8000) === 0);
    return symbol;
  }

  #byteIn(): void {
    const { bytes } = this;
    const next = bytes[this.#at + 1] ?? 0xff;
    if ((bytes[this.#at] ?? 0xff) !== 0xff) {
      this.#at++;
      this.#code += next << 8;
      this.#shifts = 8;
    } else if (next > 0x8f) {
      this.#code += 0xff00;
      this.#shifts = 8;
    } else {
      this.#at++;
      this.#code += next << 9;
      this.#shifts = 7;
    }
  }
}

/**
 * Reads bits that were not arithmetically coded (T.800 D.6); after 0xFF, a byte has seven bits. After the end, ones are
 * read.
 */
export class RawBits {
  #held = 0;
  #count = 0;
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Reads the next bit. */
  bit(): number {
    if (this.#count === 0) {
      this.#count = this.#held === 0xff ? 7 : 8;
      this.#held = this.bytes[this.#at++] ?? 0xff;
    }
    this.#count--;
    return (this.#held >> this.#count) & 1;
  }
}
