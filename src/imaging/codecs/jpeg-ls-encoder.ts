import { Pauses, PIECE_SAMPLES } from '../pauses';
import type { Coding } from './coding';
import { JPEGLSBits } from './jpeg-ls-bits';
import { jpegLSHeader, RESET, thresholdsOf } from './jpeg-ls-header';
import { bytesOfSample } from './samples';

/** Contexts of the regular mode (T.87 A.3.4). */
const CONTEXTS = 365;

/** J: the order of the code for run lengths, by RUNindex (T.87 A.2.1). */
const J = Uint8Array.of(
  ...[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15],
);

/** EOI (T.87 C.1.1). */
const END = Uint8Array.of(0xff, 0xd9);

/**
 * Encodes samples as JPEG-LS without loss (T.87 annex A, NEAR 0), with default parameters: one component, or three that
 * are interleaved by sample. CharLS makes the same bytes, but fails where they are many more than those of the samples:
 * its glue gives it a buffer of a fixed length.
 * @param coding 8 to 16 bits a sample. A sample takes four times its bits at most (LIMIT, T.87 A.2.1). Noise takes one
 * or two bits a sample more than it has, because the code adapts to it
 * @param ask is told how many bytes the buffers of the result take, before more than `roomOfCodeStream` are taken
 */
export async function jpegLSOf(coding: Coding, ask: (bytes: number) => void): Promise<Uint8Array> {
  const { cells, precision, format } = coding;
  const { rows, columns, samplesPerPixel } = format;
  const length = columns * samplesPerPixel;
  const bits = new JPEGLSBits(jpegLSHeader(coding), roomOfCodeStream(rows * length * bytesOfSample(precision)), ask);
  const scan = new Scan(precision, columns, samplesPerPixel, bits);
  const pauses = new Pauses(PIECE_SAMPLES);
  for (let row = 0; row < rows; row++) {
    scan.line(cells, row * length);
    if (pauses.due(length)) await pauses.pause();
  }
  bits.finish();
  return bits.ending(END);
}

/** Bytes that are taken at first for the code stream of so many bytes of samples: enough for noise. */
export function roomOfCodeStream(length: number): number {
  return Math.ceil(1.25 * length) + 1024;
}

/** The state of a scan. The names in capitals are those of T.87. */
class Scan {
  private readonly range: number;
  private readonly limit: number;
  private readonly quantized: Int8Array;
  /** The counts of contexts; those of the two run interruptions are the last ones (T.87 A.2.1). */
  private readonly A: Int32Array;
  private readonly B = new Int32Array(CONTEXTS);
  private readonly C = new Int32Array(CONTEXTS);
  private readonly N = new Int32Array(CONTEXTS + 2).fill(1);
  private readonly Nn = new Int32Array(2);
  private runIndex = 0;
  /** Lines with one pixel more on each side (T.87 A.2.1): the causal template reads them. */
  private above: Int32Array;
  private current: Int32Array;
  /** The contexts of the components of the current pixel. */
  private readonly context = new Int32Array(3);

  /** @param samples of a pixel */
  constructor(
    private readonly precision: number,
    private readonly columns: number,
    private readonly samples: number,
    private readonly bits: JPEGLSBits,
  ) {
    this.range = 2 ** precision;
    this.limit = 2 * (precision + Math.max(8, precision));
    this.quantized = quantizedGradients(precision);
    this.A = new Int32Array(CONTEXTS + 2).fill(Math.max(2, (this.range + 32) >> 6));
    this.above = new Int32Array((columns + 2) * samples);
    this.current = new Int32Array((columns + 2) * samples);
  }

  /** Encodes the line that begins at this cell. */
  line(cells: Uint8Array | Uint16Array, from: number): void {
    const { samples, above, current } = this;
    const length = this.columns * samples;
    const end = samples + length;
    const mask = this.range - 1;
    for (let index = 0; index < length; index++) current[samples + index] = cells[from + index]! & mask;
    for (let index = 0; index < samples; index++) {
      current[index] = above[samples + index]!;
      above[end + index] = above[length + index]!;
    }
    for (let at = samples; at < end; ) {
      if (this.contexts(at)) at = this.run(at, end);
      else {
        for (let index = 0; index < samples; index++) this.regular(at + index, this.context[index]!);
        at += samples;
      }
    }
    this.above = current;
    this.current = above;
  }

  /** Finds the context of each component: T.87 A.3.1 to A.3.4. @returns whether all are flat, which begins a run (B.3) */
  private contexts(at: number): boolean {
    const { above, current, samples, quantized, range } = this;
    let any = 0;
    for (let index = 0; index < samples; index++) {
      const place = at + index;
      const a = current[place - samples]!;
      const b = above[place]!;
      const c = above[place - samples]!;
      const d = above[place + samples]!;
      const context = 81 * quantized[range + d - b]! + 9 * quantized[range + b - c]! + quantized[range + c - a]!;
      this.context[index] = context;
      any |= context;
    }
    return any === 0;
  }

  /** T.87 A.4 to A.6. @param signed the context with its sign (A.3.4) */
  private regular(at: number, signed: number): void {
    const { A, B, C, N, range } = this;
    const sign = signed < 0 ? -1 : 1;
    const context = sign * signed;
    const predicted = this.predicted(at) + sign * C[context]!;
    const most = range - 1;
    const error = this.reduced(sign * (this.current[at]! - Math.max(0, Math.min(predicted, most))));
    const k = orderOf(A[context]!, N[context]!);
    const swapped = k === 0 && 2 * B[context]! <= -N[context]!;
    const mapped = error >= 0 ? 2 * error : -2 * error - 1;
    this.code(swapped ? mapped ^ 1 : mapped, k, this.limit);
    this.update(context, error);
  }

  /** The median edge detector: T.87 A.4.1. */
  private predicted(at: number): number {
    const a = this.current[at - this.samples]!;
    const b = this.above[at]!;
    const c = this.above[at - this.samples]!;
    const least = Math.min(a, b);
    const most = Math.max(a, b);
    return c >= most ? least : c <= least ? most : a + b - c;
  }

  /** T.87 A.6. */
  private update(context: number, error: number): void {
    const { A, B, C, N } = this;
    let a = A[context]! + (error < 0 ? -error : error);
    let b = B[context]! + error;
    let n = N[context]!;
    if (n === RESET) {
      a >>= 1;
      b >>= 1;
      n >>= 1;
    }
    n += 1;
    if (b <= -n) {
      b += n;
      if (C[context]! > -128) C[context]! -= 1;
      if (b <= -n) b = 1 - n;
    } else if (b > 0) {
      b -= n;
      if (C[context]! < 127) C[context]! += 1;
      if (b > 0) b = 0;
    }
    A[context] = a;
    B[context] = b;
    N[context] = n;
  }

  /** T.87 A.7. @returns where the pixel after the run, and after that which interrupts it, begins */
  private run(start: number, end: number): number {
    const { current, samples, bits } = this;
    let at = start;
    while (at < end && this.repeats(at)) at += samples;
    let length = (at - start) / samples;
    while (length >= 1 << J[this.runIndex]!) {
      bits.append(1, 1);
      length -= 1 << J[this.runIndex]!;
      if (this.runIndex < J.length - 1) this.runIndex += 1;
    }
    if (at === end) {
      if (length > 0) bits.append(1, 1);
      return at;
    }
    bits.append(0, 1);
    bits.append(length, J[this.runIndex]!);
    for (let index = 0; index < samples; index++) {
      const a = current[at + index - samples]!;
      const b = this.above[at + index]!;
      this.interruption(current[at + index]!, a, b, samples === 1 && a === b ? 1 : 0);
    }
    if (this.runIndex > 0) this.runIndex -= 1;
    return at + samples;
  }

  private repeats(at: number): boolean {
    const { current, samples } = this;
    for (let index = at; index < at + samples; index++) if (current[index] !== current[index - samples]) return false;
    return true;
  }

  /**
   * The sample that interrupts a run: T.87 A.7.2. In a pixel of three samples some may be as before, so all of them have
   * the first type, in CharLS as in other encoders.
   * @param type RItype
   */
  private interruption(sample: number, a: number, b: number, type: 0 | 1): void {
    const { A, N, Nn } = this;
    const context = CONTEXTS + type;
    const error = this.reduced(type === 0 && a > b ? b - sample : sample - b);
    let n = N[context]!;
    const k = orderOf(type === 0 ? A[context]! : A[context]! + (n >> 1), n);
    const likelyNegative = 2 * Nn[type]! >= n;
    const map = error > 0 ? k === 0 && !likelyNegative : error < 0 && (k !== 0 || likelyNegative);
    const mapped = 2 * Math.abs(error) - type - (map ? 1 : 0);
    this.code(mapped, k, this.limit - J[this.runIndex]! - 1);
    if (error < 0) Nn[type]! += 1;
    A[context]! += (mapped + 1 - type) >> 1;
    if (n === RESET) {
      A[context]! >>= 1;
      Nn[type]! >>= 1;
      n >>= 1;
    }
    N[context] = n + 1;
  }

  /** T.87 A.4.5: the error modulo RANGE. */
  private reduced(error: number): number {
    const half = this.range >> 1;
    return error < -half ? error + this.range : error >= half ? error - this.range : error;
  }

  /** The Golomb code of limited length: T.87 A.5.3. */
  private code(value: number, k: number, limit: number): void {
    const { bits, precision } = this;
    const high = value >> k;
    const most = limit - precision - 1;
    if (high < most) {
      bits.appendZeros(high);
      bits.append((1 << k) | (value & ((1 << k) - 1)), k + 1);
    } else {
      bits.appendZeros(most);
      bits.append((1 << precision) | (value - 1), precision + 1);
    }
  }
}

/** The Golomb parameter k: T.87 A.5.1. */
function orderOf(a: number, n: number): number {
  let k = 0;
  while (n << k < a) k += 1;
  return k;
}

/** The region, -4 to 4, of each gradient: T.87 A.3.3. @returns those of -RANGE to RANGE */
function quantizedGradients(precision: number): Int8Array {
  const range = 2 ** precision;
  const least = [1, ...thresholdsOf(precision)];
  const regions = new Int8Array(2 * range + 1);
  for (let gradient = 1; gradient <= range; gradient++) {
    const region = least.filter((threshold) => gradient >= threshold).length;
    regions[range + gradient] = region;
    regions[range - gradient] = -region;
  }
  return regions;
}
