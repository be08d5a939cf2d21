/**
 * The inverse discrete cosine transform of 8 by 8 coefficients (ITU-T T.81 A.3.3) in integers, after Loeffler, Ligtenberg
 * and Moschytz (ICASSP 1989): the factorization and the widths that the Independent JPEG Group's library made the one
 * that others are measured by, so that samples agree with its to the last bit.
 */

/** Fractional bits of the constants. */
const FRACTION = 13;

const fixed = (constant: number): number => Math.round(constant * (1 << FRACTION));

const C0_298 = fixed(0.298631336);
const C0_390 = fixed(0.390180644);
const C0_541 = fixed(0.5411961);
const C0_765 = fixed(0.765366865);
const C0_899 = fixed(0.899976223);
const C1_175 = fixed(1.175875602);
const C1_501 = fixed(1.50132111);
const C1_847 = fixed(1.847759065);
const C1_961 = fixed(1.96157056);
const C2_053 = fixed(2.053119869);
const C2_562 = fixed(2.562915447);
const C3_072 = fixed(3.072711026);

/**
 * Transforms in place.
 * @param block 64 coefficients, dequantized, row by row; then the samples, centred on 0
 * @param extra fractional bits that are kept between columns and rows: 2 for samples of 8 bits, 1 for 12, lest words overflow
 */
export function inverseDCT(block: Int32Array, extra: number): void {
  for (let column = 0; column < 8; column++) transform(block, column, 8, FRACTION - extra);
  // An 8 by 8 transform is eight times too large.
  for (let row = 0; row < 64; row += 8) transform(block, row, 1, FRACTION + extra + 3);
}

/** One dimension, eight values `stride` apart; results lose `shift` bits, rounded. */
function transform(block: Int32Array, first: number, stride: number, shift: number): void {
  const i1 = first + stride;
  const i2 = i1 + stride;
  const i3 = i2 + stride;
  const i4 = i3 + stride;
  const i5 = i4 + stride;
  const i6 = i5 + stride;
  const i7 = i6 + stride;
  const round = 1 << (shift - 1);
  const dc = block[first]!;
  let t0 = block[i7]!;
  let t1 = block[i5]!;
  let t2 = block[i3]!;
  let t3 = block[i1]!;
  const even2 = block[i2]!;
  const even4 = block[i4]!;
  const even6 = block[i6]!;
  if ((t0 | t1 | t2 | t3 | even2 | even4 | even6) === 0) {
    const flat = ((dc << FRACTION) + round) >> shift;
    block[first] = block[i1] = block[i2] = block[i3] = block[i4] = block[i5] = block[i6] = block[i7] = flat;
    return;
  }

  // The even part: a rotation of coefficients 2 and 6, and a butterfly with 0 and 4.
  const turned = Math.imul(even2 + even6, C0_541);
  const e2 = turned - Math.imul(even6, C1_847);
  const e3 = turned + Math.imul(even2, C0_765);
  const e0 = (dc + even4) << FRACTION;
  const e1 = (dc - even4) << FRACTION;
  const a0 = e0 + e3 + round;
  const a3 = e0 - e3 + round;
  const a1 = e1 + e2 + round;
  const a2 = e1 - e2 + round;

  // The odd part: coefficients 7, 5, 3 and 1.
  let z1 = t0 + t3;
  let z2 = t1 + t2;
  let z3 = t0 + t2;
  let z4 = t1 + t3;
  const z5 = Math.imul(z3 + z4, C1_175);
  z1 = -Math.imul(z1, C0_899);
  z2 = -Math.imul(z2, C2_562);
  z3 = z5 - Math.imul(z3, C1_961);
  z4 = z5 - Math.imul(z4, C0_390);
  t0 = Math.imul(t0, C0_298) + z1 + z3;
  t1 = Math.imul(t1, C2_053) + z2 + z4;
  t2 = Math.imul(t2, C3_072) + z2 + z3;
  t3 = Math.imul(t3, C1_501) + z1 + z4;

  block[first] = (a0 + t3) >> shift;
  block[i7] = (a0 - t3) >> shift;
  block[i1] = (a1 + t2) >> shift;
  block[i6] = (a1 - t2) >> shift;
  block[i2] = (a2 + t1) >> shift;
  block[i5] = (a2 - t1) >> shift;
  block[i3] = (a3 + t0) >> shift;
  block[i4] = (a3 - t0) >> shift;
}
