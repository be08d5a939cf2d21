import { ZIGZAG } from './jpeg-block-decoder';
import { BLOCK } from './jpeg-planes';

/** Fraction bits of the constants. */
const SCALE = 13;
/** The bits by which both passes together enlarge values: each pass multiplies them by the square root of 8. */
const GAIN = 3;

/** The constants of the algorithm of Loeffler, Ligtenberg and Moschytz with 11 multiplications, times 2^SCALE. */
const [F0298, F0390, F0541, F0765, F0899, F1175, F1501, F1847, F1961, F2053, F2562, F3072] = [
  0.298631336, 0.390180644, 0.5411961, 0.765366865, 0.899976223, 1.175875602, 1.50132111, 1.847759065, 1.96157056,
  2.053119869, 2.562915447, 3.072711026,
].map((factor) => Math.round(factor * 2 ** SCALE)) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** Fraction bits between the two passes: as many as the precision of the samples allows. */
function bitsBetween(precision: number): number {
  return precision === 8 ? 2 : 1;
}

/**
 * Converts coefficients to samples in place (T.81 A.3.3, A.3.4, A.3.1). The rounding is that of most decoders in their
 * slow, exact integer transform.
 * @param cells whole blocks
 * @param quantisation in zigzag order
 * @param precision bits of a sample, 8 or 12
 */
export function inverseTransform(cells: Int16Array, quantisation: Uint16Array, precision: number): void {
  const between = bitsBetween(precision);
  const centre = 2 ** (precision - 1);
  const most = 2 ** precision - 1;
  const steps = new Int32Array(BLOCK);
  for (let index = 0; index < BLOCK; index++) steps[ZIGZAG[index]!] = quantisation[index]!;
  const work = new Int32Array(BLOCK);
  for (let block = 0; block < cells.length; block += BLOCK) {
    for (let index = 0; index < BLOCK; index++) work[index] = Math.imul(cells[block + index]!, steps[index]!);
    for (let column = 0; column < 8; column++) pass(work, column, 8, SCALE - between);
    for (let row = 0; row < 8; row++) pass(work, row * 8, 1, SCALE + between + GAIN);
    for (let index = 0; index < BLOCK; index++) {
      const sample = work[index]! + centre;
      cells[block + index] = sample < 0 ? 0 : Math.min(sample, most);
    }
  }
}

/** Transforms eight values in one dimension. @param shift the number of bits by which the results are scaled down */
function pass(work: Int32Array, at: number, step: number, shift: number): void {
  const half = 1 << (shift - 1);
  const v0 = work[at]!;
  const v1 = work[at + step]!;
  const v2 = work[at + 2 * step]!;
  const v3 = work[at + 3 * step]!;
  const v4 = work[at + 4 * step]!;
  const v5 = work[at + 5 * step]!;
  const v6 = work[at + 6 * step]!;
  const v7 = work[at + 7 * step]!;

  const evenTurn = Math.imul(v2 + v6, F0541);
  const even2 = (evenTurn - Math.imul(v6, F1847)) | 0;
  const even3 = (evenTurn + Math.imul(v2, F0765)) | 0;
  const even0 = (v0 + v4) << SCALE;
  const even1 = (v0 - v4) << SCALE;
  const e0 = even0 + even3 + half;
  const e3 = even0 - even3 + half;
  const e1 = even1 + even2 + half;
  const e2 = even1 - even2 + half;

  const oddTurn = Math.imul(v7 + v3 + v5 + v1, F1175);
  const z1 = -Math.imul(v7 + v1, F0899);
  const z2 = -Math.imul(v5 + v3, F2562);
  const z3 = oddTurn - Math.imul(v7 + v3, F1961);
  const z4 = oddTurn - Math.imul(v5 + v1, F0390);
  const o0 = Math.imul(v7, F0298) + z1 + z3;
  const o1 = Math.imul(v5, F2053) + z2 + z4;
  const o2 = Math.imul(v3, F3072) + z2 + z3;
  const o3 = Math.imul(v1, F1501) + z1 + z4;

  work[at] = (e0 + o3) >> shift;
  work[at + step] = (e1 + o2) >> shift;
  work[at + 2 * step] = (e2 + o1) >> shift;
  work[at + 3 * step] = (e3 + o0) >> shift;
  work[at + 4 * step] = (e3 - o0) >> shift;
  work[at + 5 * step] = (e2 - o1) >> shift;
  work[at + 6 * step] = (e1 - o2) >> shift;
  work[at + 7 * step] = (e0 - o3) >> shift;
}
