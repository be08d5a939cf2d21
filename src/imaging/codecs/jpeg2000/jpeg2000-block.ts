import { concatenate } from '../../concatenate';
import { ArithmeticDecoder, CONTEXTS, RawBits, RUN_LENGTH, resetContexts, UNIFORM } from './jpeg2000-arithmetic';

/** Code-block style (T.800 table A.19). */
export const STYLE = {
  bypass: 1,
  reset: 2,
  terminate: 4,
  causal: 8,
  segmentationSymbols: 32,
  highThroughput: 64,
} as const;

/** The kind of a subband by its filters, horizontal first (T.800 annex F). */
export type SubbandKind = 'LL' | 'HL' | 'LH' | 'HH';

/** A codeword segment: coding passes whose bytes are contiguous. */
export interface CodewordSegment {
  passes: number;
  readonly pieces: Uint8Array[];
}

/** With selective bypass, the passes of a block are arithmetically coded up to this one (T.800 D.6). */
export const BYPASS_FROM = 10;

const SIGNIFICANT = 1;
const NEGATIVE = 2;
const VISITED = 4;
const REFINED = 8;

/**
 * Context of significance (T.800 table D.1), by the numbers of significant horizontal (0 to 2), vertical (0 to 2) and
 * diagonal (0 to 4) neighbours.
 */
const SIGNIFICANCE: Record<SubbandKind, Uint8Array> = {
  LL: significanceTable((h, v, d) => lowPass(h, v, d)),
  LH: significanceTable((h, v, d) => lowPass(h, v, d)),
  HL: significanceTable((h, v, d) => lowPass(v, h, d)),
  HH: significanceTable((h, v, d) => {
    if (d >= 3) return 8;
    if (d === 2) return h + v >= 1 ? 7 : 6;
    return (d === 1 ? 3 : 0) + Math.min(2, h + v);
  }),
};

function lowPass(h: number, v: number, d: number): number {
  if (h === 2) return 8;
  if (h === 1) return v >= 1 ? 7 : d >= 1 ? 6 : 5;
  return v > 0 ? 2 + v : Math.min(2, d);
}

function significanceTable(context: (h: number, v: number, d: number) => number): Uint8Array {
  return Uint8Array.from({ length: 45 }, (_, at) => context(Math.floor(at / 15), Math.floor(at / 5) % 3, at % 5));
}

/** Context of a sign, and whether it is inverted (T.800 table D.3), by the neighbours' signs: 3 * (h + 1) + v + 1. */
const SIGN_CONTEXT = Uint8Array.of(13, 12, 11, 10, 9, 10, 11, 12, 13);
const SIGN_TURNED = Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0, 0);

/** Decodes the coefficients of a code-block (T.800 annex D), one bit-plane at a time, in three passes each. */
export class BlockDecoder {
  /** The flags of each coefficient, with a border of one around the block. */
  readonly #flags: Uint8Array;
  /** Twice the magnitude. The lowest bit is the half that stands for the bits that were not decoded. */
  readonly #values: Int32Array;
  readonly #stride: number;
  readonly #contexts = new Uint8Array(CONTEXTS);
  readonly #significance: Uint8Array;
  #coded: ArithmeticDecoder | undefined;
  #raw: RawBits | undefined;

  constructor(
    private readonly width: number,
    private readonly height: number,
    kind: SubbandKind,
    private readonly style: number,
  ) {
    this.#stride = width + 2;
    this.#flags = new Uint8Array(this.#stride * (height + 2));
    this.#values = new Int32Array(width * height);
    this.#significance = SIGNIFICANCE[kind];
  }

  /**
   * @param planes the number of bit-planes that are not all zero
   * @returns twice each coefficient, row by row
   */
  decode(segments: readonly CodewordSegment[], planes: number): Int32Array {
    resetContexts(this.#contexts);
    let pass = 0;
    for (const segment of segments) {
      const bytes = segment.pieces.length === 1 ? segment.pieces[0]! : concatenate(segment.pieces);
      const raw = (this.style & STYLE.bypass) !== 0 && pass >= BYPASS_FROM && pass % 3 !== 0;
      this.#raw = raw ? new RawBits(bytes) : undefined;
      this.#coded = raw ? undefined : new ArithmeticDecoder(bytes, this.#contexts);
      for (let left = segment.passes; left > 0; left--, pass++) {
        const plane = planes - 1 - Math.floor((pass + 2) / 3);
        if (plane < 0) return this.#signed();
        this.#pass(pass % 3, plane);
        if ((this.style & STYLE.reset) !== 0) resetContexts(this.#contexts);
      }
    }
    return this.#signed();
  }

  #signed(): Int32Array {
    const values = this.#values;
    for (let y = 0, at = 0; y < this.height; y++) {
      for (let x = 0, flag = (y + 1) * this.#stride + 1; x < this.width; x++, at++, flag++) {
        if ((this.#flags[flag]! & NEGATIVE) !== 0) values[at] = -values[at]!;
      }
    }
    return values;
  }

  /** @param kind 0 cleanup, 1 significance propagation, 2 magnitude refinement */
  #pass(kind: number, plane: number): void {
    for (let top = 0; top < this.height; top += 4) {
      const end = Math.min(top + 4, this.height);
      for (let x = 0; x < this.width; x++) {
        if (kind === 0) this.#cleanColumn(x, top, end, plane);
        else {
          for (let y = top; y < end; y++) {
            if (kind === 1) this.#propagate(x, y, y === top + 3, plane);
            else this.#refine(x, y, y === top + 3, plane);
          }
        }
      }
    }
    if (kind === 0 && (this.style & STYLE.segmentationSymbols) !== 0) {
      for (let bit = 0; bit < 4; bit++) this.#coded?.decode(UNIFORM);
    }
  }

  #propagate(x: number, y: number, last: boolean, plane: number): void {
    const flag = (y + 1) * this.#stride + x + 1;
    if ((this.#flags[flag]! & SIGNIFICANT) !== 0) return;
    const around = this.#around(flag, last);
    if (around === 0) return;
    this.#flags[flag]! |= VISITED;
    const significant = this.#raw?.bit() ?? this.#coded!.decode(this.#significance[around]!);
    if (significant === 1) this.#becomeSignificant(x, y, flag, last, plane);
  }

  #refine(x: number, y: number, last: boolean, plane: number): void {
    const flag = (y + 1) * this.#stride + x + 1;
    const flags = this.#flags[flag]!;
    if ((flags & (SIGNIFICANT | VISITED)) !== SIGNIFICANT) return;
    const context = (flags & REFINED) !== 0 ? 16 : this.#around(flag, last) === 0 ? 14 : 15;
    const bit = this.#raw?.bit() ?? this.#coded!.decode(context);
    this.#values[y * this.width + x]! += bit === 1 ? 1 << plane : -(1 << plane);
    this.#flags[flag] = flags | REFINED;
  }

  #cleanColumn(x: number, top: number, end: number, plane: number): void {
    const coded = this.#coded!;
    let y = top;
    if (end === top + 4 && this.#isQuiet(x, top)) {
      if (coded.decode(RUN_LENGTH) === 0) return;
      y = top + 2 * coded.decode(UNIFORM);
      y += coded.decode(UNIFORM);
      this.#becomeSignificant(x, y, (y + 1) * this.#stride + x + 1, y === top + 3, plane);
      y++;
    }
    for (; y < end; y++) {
      const flag = (y + 1) * this.#stride + x + 1;
      if ((this.#flags[flag]! & (SIGNIFICANT | VISITED)) === 0) {
        const last = y === top + 3;
        if (coded.decode(this.#significance[this.#around(flag, last)]!) === 1) {
          this.#becomeSignificant(x, y, flag, last, plane);
        }
      }
    }
    for (let row = top; row < end; row++) this.#flags[(row + 1) * this.#stride + x + 1]! &= ~VISITED;
  }

  /** Whether no coefficient in or around a column of four is significant or was visited in this plane. */
  #isQuiet(x: number, top: number): boolean {
    for (let y = top, flag = (top + 1) * this.#stride + x + 1; y < top + 4; y++, flag += this.#stride) {
      if ((this.#flags[flag]! & (SIGNIFICANT | VISITED)) !== 0 || this.#around(flag, y === top + 3) !== 0) return false;
    }
    return true;
  }

  /**
   * The significant neighbours, in the numbering of `SIGNIFICANCE`. @param last the coefficient is the last of its
   * stripe and must not use the next stripe
   */
  #around(flag: number, last: boolean): number {
    const flags = this.#flags;
    const above = flag - this.#stride;
    const below = flag + this.#stride;
    const horizontal = (flags[flag - 1]! & 1) + (flags[flag + 1]! & 1);
    let vertical = flags[above]! & 1;
    let diagonal = (flags[above - 1]! & 1) + (flags[above + 1]! & 1);
    if (!last || (this.style & STYLE.causal) === 0) {
      vertical += flags[below]! & 1;
      diagonal += (flags[below - 1]! & 1) + (flags[below + 1]! & 1);
    }
    return 15 * horizontal + 5 * vertical + diagonal;
  }

  #becomeSignificant(x: number, y: number, flag: number, last: boolean, plane: number): void {
    const flags = this.#flags;
    let negative: number;
    if (this.#raw !== undefined) negative = this.#raw.bit();
    else {
      const horizontal = limited(signOf(flags[flag - 1]!) + signOf(flags[flag + 1]!));
      const seen = !last || (this.style & STYLE.causal) === 0;
      const below = seen ? signOf(flags[flag + this.#stride]!) : 0;
      const vertical = limited(signOf(flags[flag - this.#stride]!) + below);
      const index = 3 * (horizontal + 1) + vertical + 1;
      negative = this.#coded!.decode(SIGN_CONTEXT[index]!) ^ SIGN_TURNED[index]!;
    }
    flags[flag]! |= negative === 1 ? SIGNIFICANT | NEGATIVE : SIGNIFICANT;
    this.#values[y * this.width + x] = 3 << plane;
  }
}

function signOf(flags: number): number {
  return (flags & SIGNIFICANT) === 0 ? 0 : (flags & NEGATIVE) === 0 ? 1 : -1;
}

function limited(sum: number): number {
  return Math.max(-1, Math.min(1, sum));
}
