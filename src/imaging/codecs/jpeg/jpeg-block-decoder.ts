import { CodecError } from '../../codec';
import type { EntropyBits } from './jpeg-bits';
import type { HuffmanTable } from './jpeg-huffman';
import type { JPEGScan } from './jpeg-stream';

/** T.81 figure 5: the position in a block of each coefficient of the sequence. */
export const ZIGZAG = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21],
  ...[28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61],
  ...[54, 47, 55, 62, 63],
);

/** The symbol (T.81 F.1.2.2.1) that stands for sixteen zeros. */
const SIXTEEN_ZEROS = 0xf0;

/** Decodes the blocks of one scan into coefficients of the cosine transform. */
export class BlockDecoder {
  readonly #bits: EntropyBits;
  readonly #predictions = new Int32Array(4);
  /** The number of following blocks that have no more coefficients in this band (T.81 G.1.2.2). */
  #endOfBandRun = 0;

  constructor(
    private readonly scan: JPEGScan,
    private readonly progressive: boolean,
  ) {
    this.#bits = scan.bits;
  }

  /** Resets the state, as a restart marker requires (T.81 F.2.1.3.1). */
  restart(): void {
    this.#bits.restart();
    this.#predictions.fill(0);
    this.#endOfBandRun = 0;
  }

  /**
   * Decodes one block.
   * @param position of the component in the scan
   * @param at the start of the block in the cells
   * @throws CodecError malformed
   */
  decode(position: number, cells: Int16Array, at: number): void {
    const { first, high } = this.scan;
    const { dc, ac } = this.scan.components[position]!;
    if (!this.progressive) {
      this.#decodeDC(position, dc, cells, at, 0);
      this.#decodeAC(ac, cells, at, 1, 63, 0);
    } else if (first === 0 && high === 0) this.#decodeDC(position, dc, cells, at, this.scan.low);
    else if (first === 0) cells[at] = cells[at]! | (this.#bits.bits(1) << this.scan.low);
    else if (high !== 0) this.#refineAC(ac, cells, at);
    else if (this.#endOfBandRun > 0) this.#endOfBandRun--;
    else this.#decodeAC(ac, cells, at, first, this.scan.last, this.scan.low);
  }

  /** T.81 F.2.2.1. */
  #decodeDC(position: number, table: HuffmanTable | undefined, cells: Int16Array, at: number, low: number): void {
    const size = this.#bits.symbol(tableOf(table));
    if (size > 16) throw new CodecError('malformed', 'the code stream has a difference that is too large');
    const value = this.#predictions[position]! + this.#bits.signedBits(size);
    this.#predictions[position] = value;
    cells[at] = value << low;
  }

  /** T.81 F.2.2.2, G.1.2.2. */
  #decodeAC(
    given: HuffmanTable | undefined,
    cells: Int16Array,
    at: number,
    first: number,
    last: number,
    low: number,
  ): void {
    const table = tableOf(given);
    const bits = this.#bits;
    for (let index = first; index <= last; index++) {
      const symbol = bits.symbol(table);
      const run = symbol >> 4;
      const size = symbol & 15;
      if (size === 0) {
        if (symbol !== SIXTEEN_ZEROS) {
          if (this.progressive) this.#endOfBandRun = (1 << run) + bits.bits(run) - 1;
          return;
        }
        index += 15;
        continue;
      }
      index += run;
      const value = bits.signedBits(size);
      if (index <= last) cells[at + ZIGZAG[index]!] = value << low;
    }
  }

  /**
   * T.81 G.1.2.3: reads one more bit of the coefficients that are not zero, and the coefficients that become non-zero.
   */
  #refineAC(given: HuffmanTable | undefined, cells: Int16Array, at: number): void {
    const table = tableOf(given);
    const { first, last, low } = this.scan;
    const bits = this.#bits;
    let index = first;
    while (index <= last && this.#endOfBandRun === 0) {
      const symbol = bits.symbol(table);
      const run = symbol >> 4;
      const some = (symbol & 15) !== 0;
      const value = some ? (bits.bits(1) === 1 ? 1 : -1) << low : 0;
      if (!some && symbol !== SIXTEEN_ZEROS) {
        this.#endOfBandRun = (1 << run) + bits.bits(run);
        break;
      }
      index = this.#refine(cells, at, index, run);
      if (some && index <= last) cells[at + ZIGZAG[index]!] = value;
      index++;
    }
    if (this.#endOfBandRun > 0) {
      this.#refine(cells, at, index, BLOCK_ZEROS);
      this.#endOfBandRun--;
    }
  }

  /** Refines the non-zero coefficients while it skips `zeros` zeros. @returns the position of the zero after them */
  #refine(cells: Int16Array, at: number, from: number, zeros: number): number {
    const { last, low } = this.scan;
    let left = zeros;
    let index = from;
    for (; index <= last; index++) {
      const cell = at + ZIGZAG[index]!;
      const value = cells[cell]!;
      if (value === 0) {
        if (left-- === 0) return index;
      } else if (this.#bits.bits(1) === 1 && (value & (1 << low)) === 0) {
        cells[cell] = value + (value > 0 ? 1 << low : -1 << low);
      }
    }
    return index;
  }
}

/** More zeros than a block has. */
const BLOCK_ZEROS = 64;

function tableOf(table: HuffmanTable | undefined): HuffmanTable {
  if (table === undefined) throw new CodecError('malformed', 'a scan has no Huffman table');
  return table;
}
